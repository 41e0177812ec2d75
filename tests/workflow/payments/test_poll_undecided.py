"""Polling what is undecided: by the schedule, people when it takes too long, and again on request."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock as clocks
from app.core.ids import new_id, show
from app.core.limits import breaker
from app.domain.payments.routing import breaker_key
from app.domain.reconciliation.models import Case
from app.read.insights import dashboard
from app.read.operations import health
from app.workflow.payments import poll_undecided
from tests.factories.shop import Shop

HOUR_S = 3600


def cases(shop: Shop) -> list[tuple[str, str]]:
    return [(case.kind, case.status) for case in shop.many(select(Case.kind, Case.status))]


def refund_without_an_end(shop: Shop, questions: int) -> uuid.UUID:
    """A refund that the company has made, and whose first polls get no answer."""
    order_id = shop.place()
    charge_id = shop.pay(order_id)
    shop.approve(charge_id)
    shop.notice(charge_id)
    shop.script("refund", "garbage", out_trade_no=show("att", charge_id), times=1)
    shop.script("query_refund", "http_500", out_trade_no=show("att", charge_id), times=questions)
    attempt_id: uuid.UUID = shop.refund_attempt(shop.refund(order_id)).id
    return attempt_id


def test_what_stays_undecided_is_put_before_people_once_and_decides_itself(shop: Shop, clock: Any) -> None:
    attempt_id = refund_without_an_end(shop, 3)

    clock.move(71 * HOUR_S)
    shop.poll(attempt_id)
    early = cases(shop)
    clock.move(2 * HOUR_S)
    for _ in range(2):
        shop.poll(attempt_id)
    late, home = cases(shop), dashboard.home(shop.business_id, new_id())
    seen = health.backlog()
    shop.poll(attempt_id)

    assert (early, late) == ([], [("undecided_long", "open")])
    assert home.overdue == 1
    assert seen.attempts_overdue >= 1
    assert seen.oldest_undecided_s >= 73 * HOUR_S
    assert shop.attempt(attempt_id).status == "succeeded"
    assert cases(shop) == [("undecided_long", "resolved")]


def test_a_channel_that_cannot_be_used_is_no_reason_for_silence(
    shop: Shop, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt_id = refund_without_an_end(shop, 1)
    clock.move(80 * HOUR_S)

    def broken(*_: object) -> None:
        raise RuntimeError("its secrets cannot be opened")

    monkeypatch.setattr(poll_undecided.channel_access, "of_attempt", broken)
    with pytest.raises(RuntimeError):
        shop.poll(attempt_id)

    assert cases(shop) == [("undecided_long", "open")]
    assert shop.attempt(attempt_id).next_poll_at > clocks.now()


def test_a_question_that_could_not_be_put_does_not_count(shop: Shop, clock: Any) -> None:
    attempt_id = shop.pay(shop.place())
    shop.approve(attempt_id)
    before = breaker.current()
    breaker.use(breaker.Breaker(None))
    try:
        for _ in range(8):
            breaker.current().report(breaker_key(shop.account_id, "query"), is_good=False)
        for _ in range(12):
            shop.poll(attempt_id)
        waiting = shop.attempt(attempt_id)
        clock.move(61)
        poll_undecided.poll_due()
    finally:
        breaker.use(before)

    assert (waiting.status, waiting.poll_count) == ("pending", 0)
    assert shop.attempt(attempt_id).status == "succeeded"
