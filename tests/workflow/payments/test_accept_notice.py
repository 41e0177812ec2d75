"""Notices of the company: genuine, fitting, and counted once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.ids import show
from app.workflow.payments.accept_notice import accept_notice
from tests.factories.shop import Shop


def test_ten_notices_at_once_pay_once(shop: Shop) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    body = shop.notice_bytes(attempt_id)

    def send(_: int) -> int:
        return accept_notice("simulator", shop.account_id, shop.headers(body), body).http_status

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(10)))
    shop.work_off()

    assert answers == [200] * 10
    assert shop.balance("merchant_payable") == -1000
    assert len(shop.entitlements()) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": 999}, b"wrong_amount"),
        ({"amount": 1001}, b"wrong_amount"),
        ({"currency": "EUR"}, b"wrong_currency"),
        ({"out_trade_no": show("att", uuid.UUID(int=7))}, b"unknown_order"),
        ({"merchant_id": "somebody-else"}, b"wrong_merchant"),
        ({"amount": "1000"}, b"malformed"),
        ({"amount": 1000.0}, b"malformed"),
        ({"amount": -1000}, b"malformed"),
        ({"status": "failed"}, b"malformed"),
    ],
)
def test_a_notice_that_does_not_fit_changes_nothing(shop: Shop, changes: dict[str, object], reason: bytes) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)

    reply = shop.notice(attempt_id, **changes)

    assert (reply.http_status, reply.body) == (400, reason)
    assert shop.order(order_id).status == "paying"
    assert shop.attempt(attempt_id).status == "pending"


@pytest.mark.parametrize(("key", "age_s"), [("wrong" * 8, 0), (None, 301), (None, -400)])
def test_a_forged_or_stale_notice_changes_nothing(shop: Shop, key: str | None, age_s: int) -> None:
    order_id = shop.place()
    body = shop.notice_bytes(shop.pay(order_id))

    reply = accept_notice("simulator", shop.account_id, shop.headers(body, key=key, age_s=age_s), body)

    assert reply.http_status == 400
    assert shop.order(order_id).status == "paying"


def test_a_notice_of_another_shops_payment_is_refused(shop: Shop, new_shop: Callable[..., Shop]) -> None:
    other = new_shop()
    order_id = other.place()
    attempt_id = other.pay(order_id)
    body = other.notice_bytes(attempt_id, merchant_id=shop.merchant_id)
    reply = accept_notice("simulator", shop.account_id, shop.headers(body), body)

    assert (reply.http_status, reply.body) == (400, b"unknown_order")
    assert other.order(order_id).status == "paying"


def test_a_late_no_after_yes_changes_nothing(shop: Shop) -> None:
    order_id = shop.paid_order()
    attempt = shop.many(_attempts(order_id))[0]

    shop.notice(attempt.id, event="payment.failed", status="failed", decline_code="risk_rejected")

    assert shop.order(order_id).status == "fulfilled"
    assert shop.attempt(attempt.id).status == "succeeded"


def test_a_yes_after_no_still_pays_the_waiting_order(shop: Shop) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.notice(attempt_id, event="payment.failed", status="failed", decline_code="risk_rejected")
    assert shop.order(order_id).status == "created"

    shop.notice(attempt_id)

    assert shop.order(order_id).status == "paid"


def _attempts(order_id: uuid.UUID) -> object:
    from sqlalchemy import select

    from app.domain.payments.models import PaymentAttempt, PaymentTransaction

    return (
        select(PaymentAttempt.__table__)
        .join(
            PaymentTransaction,
            (PaymentTransaction.business_id == PaymentAttempt.business_id)
            & (PaymentTransaction.id == PaymentAttempt.transaction_id),
        )
        .where(PaymentTransaction.order_id == order_id)
    )
