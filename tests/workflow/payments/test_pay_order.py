"""Paying against the real process of the pretend company."""

from __future__ import annotations

import uuid
from types import ModuleType

import pytest

from app.core import db
from app.core.ids import new_id, show
from app.domain.orders.errors import OrderState
from app.domain.payments.errors import PaymentInProgress
from app.workflow.payments import poll_undecided
from app.workflow.steps.orders import lock_order
from app.workflow.steps.payments import begin_payment
from tests.factories.shop import Shop


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


def test_a_lost_notice_is_found_by_the_janitor(shop: Shop, clock: ModuleType) -> None:
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


def test_a_started_payment_is_not_sent_to_the_company_once_the_order_is_paid(shop: Shop) -> None:
    order_id, started_id = shop.place(), new_id()
    first_id = shop.pay(order_id)
    shop.notice(first_id, event="payment.failed", status="failed", decline_code="risk_rejected")
    _begin_and_die(shop, order_id, started_id)
    shop.notice(first_id)

    with pytest.raises(OrderState):
        shop.pay(order_id, started_id)

    assert (shop.order(order_id).status, shop.attempt(started_id).status) == ("paid", "ready")


def _begin_and_die(shop: Shop, order_id: uuid.UUID, attempt_id: uuid.UUID) -> None:
    """The intent to pay is committed, and the process dies before it calls the company."""
    with db.phase("test.begin", shop.business_id):
        order = lock_order.lock_order(order_id)
        begin_payment.reserve(order, channel="simulator", scene="web", return_url=None, attempt_id=attempt_id)
