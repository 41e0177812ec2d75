"""A company's number belongs to one payment: one that is used for two becomes a case, and breaks nothing."""

from __future__ import annotations

import uuid
from dataclasses import replace

from sqlalchemy import select

from app.core import db
from app.core.ids import show
from app.core.money import Money
from app.domain.payments.channels.types import Outcome
from app.domain.payments.models import ChannelNotice
from app.domain.payments.types import Payee
from app.domain.reconciliation.models import Case
from app.workflow.payments import record_result
from app.workflow.wallets import pay_out
from tests.factories.shop import Shop

Found = list[tuple[str, str | None]]


def cases(shop: Shop) -> Found:
    rows = shop.many(select(Case.kind, Case.subject_id, Case.details).order_by(Case.created_at))
    return [(row.kind, row.details["other_attempt_id"]) for row in rows]


def paid(shop: Shop) -> uuid.UUID:
    """An attempt that was paid, and has the company's number."""
    attempt_id = shop.pay(shop.place())
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    return attempt_id


def test_a_notice_with_a_number_in_use_is_acknowledged_kept_and_put_before_people(shop: Shop) -> None:
    first = paid(shop)
    order_id = shop.place()
    shop.script("create", "http_500", times=1)
    other = shop.pay(order_id)  # its answer was lost: it has no number yet
    number = shop.attempt(first).channel_ref

    replies = [shop.notice(other, trade_no=number).http_status for _ in range(2)]

    stored = select(ChannelNotice.verdict, ChannelNotice.reason).where(ChannelNotice.attempt_id == other)
    assert replies == [200, 200]
    assert [tuple(row) for row in shop.many(stored)] == [("refused", "trade_used")] * 2
    assert cases(shop) == [("channel_ref_used", str(first))]
    assert (shop.order(order_id).status, shop.attempt(other).status) == ("paying", "unknown")
    assert shop.notice(other).http_status == 200  # with its own number, it counts
    assert shop.order(order_id).status == "paid"


def test_a_question_answered_with_a_number_in_use_decides_nothing(shop: Shop) -> None:
    first = paid(shop)
    shop.script("create", "http_500", times=1)
    other = shop.pay(shop.place())
    outcome = Outcome(status="succeeded", amount=Money(1000, "USD"), channel_ref=shop.attempt(first).channel_ref)

    status = record_result.record(shop.business_id, other, outcome, source="query")

    assert (status, cases(shop)) == ("unknown", [("channel_ref_used", str(first))])
    assert (
        record_result.record(shop.business_id, other, replace(outcome, channel_ref="own"), source="query")
        == "succeeded"
    )


def test_refunds_and_payouts_are_numbered_the_same_way(shop: Shop) -> None:
    order_id = shop.place(3)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    first = shop.refund_attempt(shop.refund(order_id, 300))
    with db.reading(shop.business_id):
        taken = first.channel_ref
    shop.script("refund", "timeout_before", times=1)
    lost = shop.refund_attempt(shop.refund(order_id, 200))
    shop.script("payout", "timeout_before", times=1)
    out = shop.refund_attempt(
        pay_out.pay_out(shop.business_id, money=Money(100, "USD"), payee=Payee(account="a", name="A"), actor="test")
    )

    for made in (lost, out):
        outcome = Outcome(status="succeeded", amount=Money(made.amount_minor, "USD"), channel_ref=taken)
        assert record_result.record(shop.business_id, made.id, outcome, source="query") == "unknown"

    assert taken is not None
    assert cases(shop) == [("channel_ref_used", str(first.id))] * 2
    assert show("att", first.id)
