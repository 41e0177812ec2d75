"""A request may name any host: no address that we answer is made of it."""

from __future__ import annotations

import pytest
from flask import Flask

FOREIGN = "foreign.example"
PATHS = [
    "/portal//login?next=/portal",
    "/v1//orders",
    "/c//ses_1",
    "/static//logo.svg",
    "/portal",
    "/portal/login",
    "/portal/nothing",
    "/v1/nothing",
    "/docs",
    "/openapi.json",
    "/sdk/v1/session",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_answer_leads_to_the_host_that_was_named(app: Flask, path: str, method: str) -> None:
    more = {"X-Forwarded-Host": FOREIGN, "X-Forwarded-Proto": "https", "Forwarded": f"host={FOREIGN}"}

    answer = app.test_client().open(path, method=method, base_url=f"http://{FOREIGN}", headers=more)

    assert answer.status_code < 500
    assert FOREIGN not in answer.headers.get("Location", "")
    assert FOREIGN not in answer.text


def test_no_route_sends_anybody_to_another_spelling_of_it(app: Flask) -> None:
    branches = [rule.rule for rule in app.url_map.iter_rules() if rule.rule.endswith("/") and rule.rule != "/"]

    assert branches == []
    assert app.test_client().get("/portal//login").status_code == 404
