"""Giving money back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import AppError, Invalid
from app.core.ids import new_id, show
from app.core.money import Money
from app.domain.payments.channels.types import Outcome
from app.domain.payments.errors import NotRefundable
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.domain.reconciliation.models import Case
from app.workflow.payments import record_result, refund_order
from tests.factories.shop import Shop


def test_a_full_refund_takes_the_goods_back(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(stock=3)
    order_id = shop.paid_order(2)

    shop.refund(order_id)
    shop.work_off()

    order = shop.order(order_id)
    assert (order.status, order.refunded_minor) == ("refunded", 2000)
    assert [time.status for time in shop.entitlements()] == ["revoked"]
    assert shop.balance("merchant_payable") == shop.balance("channel_clearing") == 0
    shop.place(3)
    shop.audit()


def test_a_refund_before_delivery_puts_the_units_back_on_the_shelf(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(stock=2)
    order_id = shop.place(2)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.refund(order_id)

    shop.work_off()

    assert shop.order(order_id).status == "refunded"
    shop.place(2)
    shop.audit()


def test_partial_refunds_leave_the_order_where_it_was_until_all_is_back(shop: Shop) -> None:
    order_id = shop.paid_order()
    shop.refund(order_id, 300)
    assert (shop.order(order_id).status, shop.order(order_id).refunded_minor) == ("fulfilled", 300)
    shop.refund(order_id, 200)

    shop.refund(order_id)

    assert (shop.order(order_id).status, shop.order(order_id).refunded_minor) == ("refunded", 1000)
    assert [refund.amount_minor for refund in shop.refunds(order_id)] == [300, 200, 500]


@pytest.mark.parametrize(("amount_minor", "error"), [(1001, NotRefundable), (0, Invalid), (-5, Invalid)])
def test_a_refund_out_of_bounds_changes_nothing(shop: Shop, amount_minor: int, error: type[AppError]) -> None:
    order_id = shop.paid_order()

    with pytest.raises(error):
        shop.refund(order_id, amount_minor)

    assert shop.order(order_id).refunded_minor == 0
    assert shop.refunds(order_id) == []


def test_an_unpaid_order_has_nothing_to_refund(shop: Shop) -> None:
    with pytest.raises(NotRefundable):
        shop.refund(shop.place())


def test_refunds_at_once_never_exceed_what_was_paid(shop: Shop) -> None:
    order_id = shop.paid_order()

    def request_refund(_: int) -> bool:
        try:
            shop.refund(order_id, 300)
        except NotRefundable:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        granted = sum(pool.map(request_refund, range(8)))

    assert granted == 3
    assert shop.order(order_id).refunded_minor == 900


def test_a_refund_nobody_can_tell_about_is_unknown_and_never_made_twice(shop: Shop) -> None:
    order_id = shop.paid_order()
    transaction_id = _refund_with(shop, order_id, "http_500")
    attempt = shop.refund_attempt(transaction_id)
    assert (attempt.status, shop.order(order_id).status) == ("unknown", "refunding")
    with pytest.raises(NotRefundable):
        shop.refund(order_id, 1)

    shop.poll(attempt.id)

    assert shop.refund_attempt(transaction_id).status == "succeeded"
    assert shop.order(order_id).status == "refunded"


def test_a_refund_that_was_taken_and_is_not_known_for_a_while_is_waited_for(shop: Shop) -> None:
    order_id = shop.paid_order()
    transaction_id = _refund_with(shop, order_id, "http_500")
    attempt = shop.refund_attempt(transaction_id)
    record_result.record(shop.business_id, attempt.id, Outcome(status="pending"), source="notice")

    shop.poll(attempt.id)

    assert shop.refund_attempt(transaction_id).status == "pending"


def test_a_refused_refund_leaves_the_order_as_it_was_and_opens_a_case(shop: Shop) -> None:
    order_id = shop.paid_order()

    _refund_with(shop, order_id, "decline")

    order = shop.order(order_id)
    assert (order.status, order.refunded_minor) == ("fulfilled", 0)
    assert shop.balance("merchant_payable", "pending") == 0
    assert [(case.kind, case.status) for case in shop.many(select(Case.kind, Case.status))] == [
        ("refund_failed", "open")
    ]
    shop.refund(order_id, 100)
    assert shop.order(order_id).refunded_minor == 100


def test_a_refund_that_was_refused_and_made_after_all_needs_nobody_any_more(shop: Shop) -> None:
    order_id = shop.paid_order()
    transaction_id = _refund_with(shop, order_id, "decline")
    attempt = shop.refund_attempt(transaction_id)
    money = Money(attempt.amount_minor, attempt.currency)

    record_result.record(shop.business_id, attempt.id, Outcome(status="succeeded", amount=money), source="notice")

    assert [case.status for case in shop.many(select(Case.status))] == ["resolved"]
    assert shop.order(order_id).refunded_minor == 1000


def test_goods_of_a_refused_refund_are_delivered_after_all(shop: Shop) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    refund = shop.refund_attempt(_refund_with(shop, order_id, "http_500"))
    shop.work_off()
    assert shop.order(order_id).status == "refunding"

    shop.script("refund", "decline", out_trade_no=show("att", attempt_id), times=1)
    shop.poll(refund.id)
    shop.work_off()

    assert shop.order(order_id).status == "fulfilled"
    assert [time.status for time in shop.entitlements()] == ["active"]


def test_a_refund_refused_first_and_made_later_ends_the_order(shop: Shop) -> None:
    order_id = shop.paid_order()
    refund = shop.refund_attempt(_refund_with(shop, order_id, "decline"))
    assert (refund.status, shop.order(order_id).status) == ("failed", "fulfilled")

    about = {"out_refund_no": show("att", refund.id), "refund_no": refund.channel_ref}
    reply = shop.notice(refund.id, event="refund.succeeded", **about)
    shop.work_off()

    assert reply.http_status == 200
    assert (shop.order(order_id).status, shop.order(order_id).refunded_minor) == ("refunded", 1000)
    assert [time.status for time in shop.entitlements()] == ["revoked"]


def test_the_same_refund_requested_twice_is_one(shop: Shop) -> None:
    order_id = shop.paid_order()
    transaction_id = new_id()

    for _ in range(2):
        refund_order.refund_order(
            shop.business_id, order_id, amount_minor=400, reason="", actor="test", transaction_id=transaction_id
        )

    assert shop.order(order_id).refunded_minor == 400


def _refund_with(shop: Shop, order_id: uuid.UUID, behavior: str) -> uuid.UUID:
    """A full refund that the company answers with `behavior` once."""
    with db.reading(shop.business_id):
        charge = db.scalar(
            select(PaymentAttempt.id)
            .join(PaymentTransaction, PaymentTransaction.id == PaymentAttempt.transaction_id)
            .where(PaymentTransaction.order_id == order_id, PaymentTransaction.kind == "charge")
        )
    shop.script("refund", behavior, out_trade_no=show("att", charge), times=1)
    return shop.refund(order_id)
