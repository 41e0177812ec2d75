"""Orders, wallets and refunds do what a model in plain numbers says, whatever the order of events."""

from __future__ import annotations

import json
import os
import random
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.core.limits import breaker
from app.domain.payments.channels import registry
from app.read.operations import audit
from app.workflow.notifications import raise_alerts
from ops.paths import VAR
from tests.model import reach
from tests.model.machine import Business
from tests.model.reach import reached

STEPS = 80
EVERY = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@pytest.fixture
def run(app: Flask, clock: Any) -> Iterator[Callable[..., None]]:
    """A function that plays so many examples of so many steps."""
    assert app
    assert clock
    businesses: set[uuid.UUID] = set()
    before = breaker.current()
    # Every step calls the company: the oracle knows what each answer means.
    breaker.use(breaker.Breaker(None, breaker.Policy(failures=10**9)))

    def play(examples: int, steps: int, *, audit_each: int = 1, **more: Any) -> None:
        def heed(business_id: uuid.UUID) -> None:
            businesses.add(business_id)
            if len(businesses) % audit_each == 0:
                _audit(businesses)

        machine = type("Business", (Business,), {"audit": staticmethod(heed)})
        how = settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=EVERY,
            phases=[Phase.generate],  # a failure is printed as it came: shrinking takes longer than reading it
            **more,
        )
        run_state_machine_as_test(machine, settings=how)

    yield play
    breaker.use(before)
    _audit(businesses)
    registry.CHANNELS.pop("company", None)


def test_money_moves_as_the_model_says(run: Callable[..., None]) -> None:
    run(6, 25, audit_each=6, derandomize=True)

    assert reached["step"] > 100


@pytest.mark.long
@pytest.mark.timeout(0)
def test_money_moves_as_the_model_says_for_very_long(run: Callable[..., None]) -> None:
    """MODEL_STEPS is how many steps (100,000), MODEL_SEED which run of the many."""
    steps = int(os.environ.get("MODEL_STEPS", "100000"))
    random.seed(os.environ.get("MODEL_SEED", "1"))
    reached.clear()

    while reached["step"] < steps:
        run(50, STEPS, audit_each=50)
        _write_down()

    assert reach.missing() == {}


def _write_down() -> None:
    """What was reached so far: a run takes hours, and somebody may want to know."""
    VAR.mkdir(exist_ok=True)
    report = json.dumps({**reached, "missing": reach.missing()}, indent=1, sort_keys=True, ensure_ascii=False)
    (VAR / f"model-reach-{os.environ.get('MODEL_SEED', '1')}.json").write_text(report + "\n")


def _audit(businesses: set[uuid.UUID]) -> None:
    raise_alerts.raise_due()  # the worker does so every ten seconds, and a step may take hours
    broken = [
        (finding.id, finding.name, row)
        for finding in audit.run()
        for row in finding.rows
        if row.get("business_id") in businesses or "business_id" not in row
    ]
    assert not broken, broken
