"""Paying against the real process of the pretend company."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import httpx
import pytest

from app.core import db
from app.core.errors import AppError
from app.core.ids import new_id, show
from app.domain.catalog.errors import NotOnSale, OutOfStock, QuantityNotAllowed
from app.domain.orders.errors import OrderState
from app.domain.payments.errors import PaymentInProgress
from app.workflow.orders import close_orders, complete_orders
from app.workflow.payments import poll_undecided
from app.workflow.payments.accept_notice import accept_notice
from app.workflow.steps.operations import due
from app.workflow.steps.orders import lock_order
from app.workflow.steps.payments import begin_payment
from tests.factories.shop import Shop


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Periodic work comes to this test's rows too, however many others left."""
    monkeypatch.setattr(due, "BUDGET_S", 600.0)


def test_a_paid_order_is_delivered_and_posted(shop: Shop) -> None:
    order_id = shop.place(2)
    attempt_id = shop.pay(order_id)
    assert shop.order(order_id).status == "paying"
    assert shop.balance("merchant_payable", "pending") == -2000

    reply = shop.notice(attempt_id)
    shop.work_off()

    assert reply.http_status == 200
    order = shop.order(order_id)
    assert (order.status, order.paid_minor) == ("fulfilled", 2000)
    assert shop.balance("merchant_payable") == -2000
    assert shop.balance("channel_clearing") == 2000
    assert shop.balance("merchant_payable", "pending") == 0
    [time] = shop.entitlements()
    assert (time.ends_at - time.starts_at).days == 60


def test_times_bought_one_after_another_follow_each_other(shop: Shop) -> None:
    shop.paid_order()
    shop.paid_order()

    first, second = shop.entitlements()

    assert second.starts_at == first.ends_at


def test_a_declined_payment_can_be_tried_again(shop: Shop) -> None:
    order_id = shop.place()
    first = shop.pay(order_id)
    shop.decline(first)
    shop.poll(first)
    assert shop.order(order_id).status == "created"
    assert shop.attempt(first).decline_code == "insufficient_funds"

    second = shop.pay(order_id)
    shop.notice(second)

    assert shop.order(order_id).status == "paid"


def test_an_undecided_payment_bars_a_second_one(shop: Shop) -> None:
    order_id = shop.place()
    shop.pay(order_id)

    with pytest.raises(PaymentInProgress):
        shop.pay(order_id)


def test_a_payment_that_timed_out_is_unknown_and_found_by_asking(shop: Shop) -> None:
    order_id, attempt_id = shop.place(), new_id()
    shop.script("create", "http_500", out_trade_no=show("att", attempt_id), times=1)
    shop.pay(order_id, attempt_id)
    assert shop.attempt(attempt_id).status == "unknown"
    with pytest.raises(PaymentInProgress):
        shop.pay(order_id)

    shop.notice(attempt_id)

    assert shop.order(order_id).status == "paid"


def test_a_lost_first_answer_still_leads_the_buyer_to_the_payment_page(shop: Shop) -> None:
    order_id, attempt_id = shop.place(), new_id()
    shop.script("create", "garbage", out_trade_no=show("att", attempt_id), times=1)
    shop.pay(order_id, attempt_id)
    assert (shop.attempt(attempt_id).status, shop.attempt(attempt_id).action) == ("unknown", None)

    shop.poll(attempt_id)

    found = shop.attempt(attempt_id)
    assert (found.status, found.action["type"]) == ("pending", "redirect")
    shop.approve(attempt_id)
    shop.poll(attempt_id)
    assert shop.order(order_id).status == "paid"


def test_a_lost_notice_is_found_by_polling(shop: Shop, clock: ModuleType) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    clock.move(30)

    poll_undecided.poll_due()

    assert shop.order(order_id).status == "paid"


def test_a_payment_unknown_to_the_company_fails_after_its_longest_timeout(shop: Shop, clock: ModuleType) -> None:
    order_id, attempt_id = shop.place(), new_id()
    shop.script("create", "http_500", out_trade_no=show("att", attempt_id), times=1)
    shop.pay(order_id, attempt_id)
    shop.poll(attempt_id)
    assert shop.attempt(attempt_id).status == "unknown"
    clock.move(91)

    shop.poll(attempt_id)

    assert shop.attempt(attempt_id).status == "failed"
    assert shop.order(order_id).status == "created"
    assert shop.balance("merchant_payable", "pending") == 0


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


def test_a_started_payment_is_not_sent_to_the_company_once_the_order_is_paid(shop: Shop) -> None:
    order_id, started_id = shop.place(), new_id()
    first_id = shop.pay(order_id)
    shop.notice(first_id, event="payment.failed", status="failed", decline_code="risk_rejected")
    _begin_and_die(shop, order_id, started_id)
    shop.notice(first_id)

    with pytest.raises(OrderState):
        shop.pay(order_id, started_id)

    assert (shop.order(order_id).status, shop.attempt(started_id).status) == ("paid", "ready")


def test_an_order_not_paid_in_time_is_closed_and_its_stock_is_free(
    new_shop: Callable[..., Shop], clock: ModuleType
) -> None:
    shop = new_shop(stock=1)
    order_id = shop.place()
    with pytest.raises(OutOfStock):
        shop.place()
    clock.move(1801)

    close_orders.close_due()

    assert (shop.order(order_id).status, shop.order(order_id).close_reason) == ("closed", "expired")
    shop.place()
    shop.audit()


def test_a_payment_that_could_not_be_closed_in_time_is_closed_when_it_is_polled(shop: Shop, clock: ModuleType) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.script("close", "http_500", out_trade_no=show("att", attempt_id), times=1)
    clock.move(2500)
    close_orders.close_order(shop.business_id, order_id, reason="expired", actor="system")
    assert (shop.order(order_id).status, shop.attempt(attempt_id).status) == ("closed", "unknown")

    shop.poll(attempt_id)

    assert shop.attempt(attempt_id).status == "cancelled"
    with pytest.raises(httpx.HTTPStatusError):  # nobody can pay it any more
        shop.approve(attempt_id)


def test_money_for_a_closed_order_goes_back_by_itself(shop: Shop, clock: ModuleType) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.script("close", "http_500", out_trade_no=show("att", attempt_id), times=9)
    clock.move(1801 + 601)
    close_orders.close_order(shop.business_id, order_id, reason="expired", actor="system")
    assert shop.order(order_id).status == "closed"
    shop.approve(attempt_id)

    shop.notice(attempt_id)
    shop.work_off()

    [back] = shop.refunds(order_id)
    assert (back.status, back.amount_minor) == ("succeeded", 1000)
    assert shop.order(order_id).status == "closed"
    assert [shop.balance(kind) for kind in ("unapplied", "channel_clearing", "merchant_payable")] == [0, 0, 0]
    assert shop.entitlements() == []


def test_the_last_unit_is_sold_once(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(stock=5)

    def buy(number: int) -> bool:
        try:
            shop.place(buyer=f"b{number}")
        except OutOfStock:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        sold = sum(pool.map(buy, range(32)))

    assert sold == 5
    shop.audit()


@pytest.mark.parametrize(
    ("quantity", "error"), [(0, QuantityNotAllowed), (-1, QuantityNotAllowed), (51, QuantityNotAllowed)]
)
def test_a_quantity_out_of_bounds_is_refused(shop: Shop, quantity: int, error: type[AppError]) -> None:
    with pytest.raises(error):
        shop.place(quantity)


def test_what_is_not_on_sale_cannot_be_bought(shop: Shop) -> None:
    from app.core import db
    from app.domain.catalog.models import Sku

    with db.phase("test.switch", shop.business_id):
        db.write(db.change(Sku, shop.sku_id, active=False))

    with pytest.raises(NotOnSale):
        shop.place()


def test_a_delivered_order_completes_by_itself_after_its_period(shop: Shop, clock: ModuleType) -> None:
    order_id = shop.paid_order()
    complete_orders.complete_due()
    assert shop.order(order_id).status == "fulfilled"
    clock.move(604_801)

    complete_orders.complete_due()

    assert shop.order(order_id).status == "completed"


def test_an_order_that_cannot_be_closed_does_not_hold_up_the_others(
    shop: Shop, clock: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_ids = [shop.place() for _ in range(3)]
    clock.move(1801)
    really = close_orders.close_order

    def close(business_id: uuid.UUID, order_id: uuid.UUID, **more: str) -> str:
        if order_id == order_ids[0]:
            raise RuntimeError("its channel cannot be read")
        return really(business_id, order_id, **more)

    monkeypatch.setattr(close_orders, "close_order", close)

    close_orders.close_due()

    assert [shop.order(order_id).status for order_id in order_ids] == ["created", "closed", "closed"]


def test_a_paid_order_cannot_be_closed(shop: Shop) -> None:
    order_id = shop.paid_order()

    with pytest.raises(OrderState):
        close_orders.close_order(shop.business_id, order_id, reason="cancelled", actor="test")


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


def _begin_and_die(shop: Shop, order_id: uuid.UUID, attempt_id: uuid.UUID) -> None:
    """The intent to pay is committed, and the process dies before it calls the company."""
    with db.phase("test.begin", shop.business_id):
        order = lock_order.lock_order(order_id)
        begin_payment.reserve(order, channel="simulator", scene="web", return_url=None, attempt_id=attempt_id)
