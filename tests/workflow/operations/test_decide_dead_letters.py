"""What is owed and cannot be done by itself becomes a case, with a road to its end."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import outbox, settings
from app.core.db.models import OutboxEvent
from app.core.errors import Invalid
from app.core.ids import parse, show
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.reconciliation.models import Case
from app.read.operations import backlog
from app.workflow.accounts.approvals import decide_approval
from app.workflow.operations import decide_dead_letters, subscribers
from app.workflow.orders import close_orders, transition_manually
from app.workflow.steps.operations.open_event_cases import KINDS
from tests.factories.deliveries import try_now
from tests.factories.merchant import MerchantSystem, merchant_system, sell_through
from tests.factories.people import make_members
from tests.factories.shop import Shop

ANN, BEN = show("usr", uuid.UUID(int=1)), show("usr", uuid.UUID(int=2))


@pytest.fixture(autouse=True)
def _team(shop: Shop) -> None:
    make_members(shop.business_id, ANN, BEN)


@pytest.fixture
def system() -> Iterator[MerchantSystem]:
    with merchant_system() as running:
        yield running


@pytest.fixture
def unsayable(app: Flask) -> Iterator[None]:
    """An installation whose URL became longer than a company accepts."""
    assert app
    known = settings.current()
    settings.use(replace(known, public_url="https://" + "a" * 2100))
    yield
    settings.use(known)


def _cases(shop: Shop) -> list[tuple[str, str]]:
    rows = shop.many(select(Case.kind, Case.status).order_by(Case.created_at))
    return [(row.kind, row.status) for row in rows]


def _undelivered(shop: Shop, system: MerchantSystem) -> uuid.UUID:
    sell_through(shop, system)
    system.answers = [(410, {})]
    order_id = shop.paid_order()
    try_now(shop, order_id)
    return order_id


def _late_money(shop: Shop, clock: Any) -> uuid.UUID:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.script("close", "http_500", out_trade_no=show("att", attempt_id), times=9)
    clock.move(1801 + 601)
    close_orders.close_order(shop.business_id, order_id, reason="expired", actor="system")
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    return order_id


@pytest.mark.usefixtures("unsayable")
@pytest.mark.parametrize("why", ["could not be delivered", "came too late"])
def test_a_refund_that_cannot_be_put_to_the_company_is_a_case_and_is_ended_by_two(
    shop: Shop, system: MerchantSystem, clock: Any, why: str
) -> None:
    known = settings.current()
    settings.use(replace(known, public_url="https://pay.example"))
    order_id = _undelivered(shop, system) if why == "could not be delivered" else _late_money(shop, clock)
    settings.use(known)

    shop.work_off()

    [refund] = shop.refunds(order_id)
    assert (refund.status, ("refund_failed", "open") in _cases(shop)) == ("failed", True)
    assert [event.status for event in shop.many(select(OutboxEvent.status).distinct())] == ["done"]
    attempt = show("att", shop.refund_attempt(refund.id).id)
    approval_id = transition_manually.request_transition(
        shop.business_id, attempt, "succeeded", reason="by bank transfer", actor=ANN
    )
    decide_approval.approve(shop.business_id, parse("apr", approval_id.details["approval_id"]), actor=BEN)
    shop.work_off()
    assert shop.one(select(Case.id).where(Case.status == "open")) is None
    assert shop.order(order_id).status == ("refunded" if why == "could not be delivered" else "closed")


def test_what_was_refunded_again_is_not_paid_back_another_way(shop: Shop) -> None:
    order_id = shop.paid_order()
    shop.script("refund", "decline", times=1)
    failed = shop.refund_attempt(shop.refund(order_id))
    approval_id = transition_manually.request_transition(
        shop.business_id, show("att", failed.id), "succeeded", reason="by bank transfer", actor=ANN
    )
    shop.refund(order_id)

    ended = decide_approval.approve(shop.business_id, parse("apr", approval_id.details["approval_id"]), actor=BEN)

    assert isinstance(approval_id, ApprovalNeeded)
    assert (ended, shop.order(order_id).refunded_minor) == ("failed", 1000)


@pytest.mark.usefixtures("unsayable")
def test_a_person_s_refund_is_refused_and_nothing_is_written(shop: Shop) -> None:
    known = settings.current()
    settings.use(replace(known, public_url="https://pay.example"))
    order_id = shop.paid_order()
    settings.use(known)

    with pytest.raises(Invalid):
        shop.refund(order_id)

    assert shop.refunds(order_id) == []


@pytest.mark.parametrize("ending", ["tried again", "left"])
def test_abandoned_work_is_a_case_until_it_is_done_or_discarded(
    shop: Shop, clock: Any, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)

    def broken(_: outbox.Event) -> None:
        raise RuntimeError("no goods today")

    with monkeypatch.context() as patch:
        others = [each for each in subscribers.SUBSCRIBERS["order.paid"] if each[0] != "deliver"]
        patch.setitem(subscribers.SUBSCRIBERS, "order.paid", (("deliver", broken), *others))
        patch.delitem(subscribers.BATCHES, "order.paid")
        for _ in range(outbox.MAX_ATTEMPTS):
            shop.work_off()
            clock.move(3601)

    [case] = shop.many(select(Case.__table__))
    assert (case.kind, case.order_id, case.status) == ("deliverable_not_delivered", order_id, "open")
    [dead] = backlog.list_dead(shop.business_id, after=None, limit=10)
    assert case.details["event_id"] == show("evt", dead.id)
    if ending == "left":
        decide_dead_letters.discard_event(shop.business_id, dead.id, reason="given by hand")
    else:
        decide_dead_letters.retry_event(shop.business_id, dead.id)
        shop.work_off()
    assert _cases(shop) == [("deliverable_not_delivered", "resolved")]


def test_every_handler_but_mail_has_a_case() -> None:
    handlers = {name for each in subscribers.SUBSCRIBERS.values() for name, _ in each}
    # A mail that is not queued costs nobody money; mandates and disputes are asked about again in any case, and a
    # dispute has a case of its own, where its hold and its contract are seen.
    followed = {"follow_mandate", "follow_dispute", "hold_disputed", "release_disputed", "end_disputed"}
    assert {name for name in handlers - KINDS.keys() if not name.startswith("mail_")} == followed
    assert handlers >= KINDS.keys()
