"""Every operation, called by a program that knows nothing but the document: what it answers is what the document says.

Schemathesis makes requests that fit the document and requests that do not; always the same ones, so that a failure here
is found again. A longer hunt: TEST_PROFILE=long.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from app.api.v1 import v1
from app.workflow.accounts.manage_keys import create_key
from app.workflow.operations.log_requests import write_noted
from tests.factories.shop import make_shop

LONG = os.environ.get("TEST_PROFILE") == "long"
load_all_checks()
# What fits the document may still be refused for what it is about, such as an order that is not there.
SKIPPED_CHECKS = ("positive_data_acceptance",)
RUN_CHECKS = [check for check in CHECKS.get_all() if check.__name__ not in SKIPPED_CHECKS]
OPERATIONS = {operation.name: operation for operation in v1.operations}
HOW = settings(
    max_examples=100 if LONG else 3,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def v1_schema(app: Flask) -> Any:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    return schema.include(path_regex="^/v1/")


@pytest.fixture(scope="module")
def secret(app: Flask, simulator: str) -> Iterator[str]:
    """A key of a business of its own."""
    assert app
    shop = make_shop(simulator)
    yield create_key(shop.business_id, name="schemathesis", kind="secret").secret
    write_noted()
    shop.audit()


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_document_is_kept(name: str, v1_schema: Any, secret: str) -> None:
    declared = OPERATIONS[name]
    operation = v1_schema[f"/v1{declared.path}"][declared.method]
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(HOW)
        def send(case: schemathesis.Case) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {secret}"}, checks=RUN_CHECKS)

        send()
