"""A job that is looked for is found as soon as its use case has something to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask

from app.read.operations import due_work
from app.read.operations.due_work import LOOKED_FOR, due_jobs
from app.worker import jobs
from tests.factories.shop import Shop


def test_what_is_looked_for_are_jobs_and_the_webhooks() -> None:
    assert LOOKED_FOR - {"webhooks"} <= {job.name for job in jobs.JOBS if job.every_s is not None}


def test_every_job_that_is_looked_for_has_its_part_of_the_statement(app: Flask) -> None:
    assert app
    parts = str(due_work._DUE)

    assert all(f"'{name}'" in parts for name in LOOKED_FOR)
    assert due_jobs() <= LOOKED_FOR


def test_an_undecided_payment_is_found_when_it_is_to_be_polled(shop: Shop, clock: Any) -> None:
    shop.pay(shop.place())

    clock.move(3600)

    assert "poll_undecided" in due_jobs()


def test_an_order_and_a_session_are_found_when_their_time_is_over(shop: Shop, clock: Any) -> None:
    shop.place()

    clock.move(timedelta(days=3).total_seconds())

    assert "close_due" in due_jobs()
