"""Notices of the company: genuine, fitting, and counted once."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core import db
from app.core.ids import show
from app.core.security import crypto
from app.domain.payments.models import ChannelAccount
from app.workflow.payments import manage_channels
from app.workflow.payments.accept_notice import accept_notice
from app.workflow.steps.payments import notified_account
from app.workflow.steps.payments.channel_access import encryption_context
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


def test_the_account_is_not_read_again_for_the_next_notice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (shop.pay(shop.place()) for _ in range(2))
    monkeypatch.setattr(notified_account, "KNOWN_S", 60.0)
    assert shop.notice(first).http_status == 200
    monkeypatch.setattr(db, "system_first", None)

    assert shop.notice(second).http_status == 200

    assert shop.attempt(second).status == "succeeded"


def test_a_notice_is_refused_only_by_the_account_as_it_is_now(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (shop.pay(shop.place()) for _ in range(2))
    monkeypatch.setattr(notified_account, "KNOWN_S", 60.0)
    assert shop.notice(first).http_status == 200
    _change_elsewhere(shop, "new-key-" * 4)
    body = shop.notice_bytes(second)

    reply = accept_notice("simulator", shop.account_id, shop.headers(body, key="new-key-" * 4), body)

    assert reply.http_status == 200
    assert shop.attempt(second).status == "succeeded"


def test_an_old_secret_proves_nothing_once_it_was_changed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (shop.pay(shop.place()) for _ in range(2))
    monkeypatch.setattr(notified_account, "KNOWN_S", 60.0)
    assert shop.notice(first).http_status == 200
    body = shop.notice_bytes(second)

    manage_channels.change_channel_account(shop.business_id, shop.account_id, values={"api_key": "new-key-" * 4})

    assert accept_notice("simulator", shop.account_id, shop.headers(body), body).http_status == 400
    assert shop.attempt(second).status == "pending"


def test_an_account_is_remembered_for_a_second(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (shop.pay(shop.place()) for _ in range(2))
    assert shop.notice(first).http_status == 200
    _change_elsewhere(shop, "new-key-" * 4)
    body = shop.notice_bytes(second)
    late_s = time.monotonic() + notified_account.KNOWN_S

    monkeypatch.setattr(time, "monotonic", lambda: late_s)

    assert accept_notice("simulator", shop.account_id, shop.headers(body), body).http_status == 400


def _change_elsewhere(shop: Shop, api_key: str) -> None:
    """Another process changes the account's secret."""
    with db.phase("test.change", shop.business_id):
        account = db.lock(ChannelAccount, shop.account_id)
        secret = crypto.encrypt(api_key, context=encryption_context(account.id, "api_key"))
        changed = {**account.settings, "api_key": secret}
        db.write(db.change(ChannelAccount, shop.account_id, settings=changed), expect=1)
