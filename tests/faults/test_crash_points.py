"""The process is stopped dead at every named point of paying, delivering, refunding and closing. Whoever comes after
carries on, and in the end everything happened exactly once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core.ids import new_id, show
from app.domain.payments.models import ChannelAccount
from app.workflow.fulfilment import deliver_line
from app.workflow.orders.close_orders import close_order
from app.workflow.payments.manage_channels import add_channel_account, change_channel_account
from tests.factories.merchant import delivery_of, merchant_system, sell_through
from tests.factories.shop import Shop
from tests.faults.conftest import points_of
from tests.faults.test_dispute_points import TAKE_BACK_LOST
from tests.workflow.orders.test_free_orders import unwanted

PAY = (
    "pay_order.reserve.before_commit",
    "pay_order.reserve.after",
    "pay_order.call.after",
    "record_result.answer.before_commit",
    "record_result.answer.after",
)
NOTICE = ("accept_notice.apply.before_commit", "accept_notice.apply.after")
ASK = (
    "poll_undecided.claim.before_commit",
    "poll_undecided.claim.after",
    "record_result.query.before_commit",
    "record_result.query.after",
)
FAIL_OVER = ("pay_order.fail_over.before_commit", "pay_order.fail_over.after")
TELL_AGAIN = ("pay_order.resubmit.before_commit", "pay_order.resubmit.after")
DELIVER = (
    "outbox.claim.before_commit",
    "outbox.claim.after",
    "outbox.together.before_commit",
    "outbox.together.after",
)
# What could not be handled with others.
DELIVER_SINGLY = (
    "fulfil_order.deliver.before_commit",
    "fulfil_order.deliver.after",
    "outbox.finish.before_commit",
    "outbox.finish.after",
)
REFUND = (
    "refund_order.reserve.before_commit",
    "refund_order.reserve.after",
    "refund_order.call.after",
    "record_result.answer.before_commit",
    "record_result.answer.after",
)
TAKE_BACK = (
    "fulfil_order.take_back.before_commit",
    "fulfil_order.take_back.after",
    "return_coupons.return.before_commit",
    "return_coupons.return.after",
)
CLOSE = (
    "record_result.close.before_commit",
    "record_result.close.after",
    "close_orders.close.before_commit",
    "close_orders.close.after",
)
SURPLUS = ("refund_order.reserve_surplus.before_commit", "refund_order.reserve_surplus.after")
PLACE = ("place_order.reserve.before_commit", "place_order.reserve.after")
WAITING = (
    "deliver_line.claim.before_commit",
    "deliver_line.claim.after",
    "deliver_line.call.after",
    "deliver_line.record.before_commit",
    "deliver_line.record.after",
)
BY_HAND = ("deliver_line.manual.before_commit", "deliver_line.manual.after")
TAKE_BACK_LINES = ("fulfil_order.take_back_lines.before_commit", "fulfil_order.take_back_lines.after")
COVERED = {*PAY, *NOTICE, *ASK, *TELL_AGAIN, *DELIVER, *DELIVER_SINGLY, *REFUND, *TAKE_BACK, *CLOSE, *SURPLUS, *PLACE}
END_FREE = ("refund_undelivered.end.before_commit", "refund_undelivered.end.after")
COVERED |= {*FAIL_OVER, *WAITING, *BY_HAND, *TAKE_BACK_LINES, *END_FREE, *TAKE_BACK_LOST}


@pytest.mark.parametrize("point", PLACE)
def test_placing(new_shop: Callable[..., Shop], dies: Callable[..., None], point: str) -> None:
    shop = new_shop(stock=1)
    order_id = new_id()

    dies(shop, "place", order_id, at=point)

    assert shop.place(order_id=order_id) == order_id
    assert shop.order(order_id).total_minor == 1000
    shop.audit()


@pytest.mark.parametrize("point", PAY)
def test_paying(shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str) -> None:
    order_id = shop.place()

    dies(shop, "pay", order_id, at=point)

    carry_on(shop, approve=True)
    if shop.order(order_id).status == "created":  # the company did not know it: the buyer tries again
        shop.pay(order_id)
        carry_on(shop, approve=True)
    _paid_once(shop, order_id)


@pytest.mark.parametrize("point", ["pay_order.reserve.before_commit", "pay_order.reserve.after"])
def test_paying_nothing(new_shop: Callable[..., Shop], dies: Callable[..., None], point: str) -> None:
    shop = new_shop(price_minor=0)
    order_id = shop.place()

    dies(shop, "pay", order_id, at=point)

    if shop.order(order_id).status == "created":
        shop.pay(order_id)
    shop.work_off()
    assert (shop.order(order_id).status, len(shop.entitlements())) == ("fulfilled", 1)
    shop.audit()


@pytest.mark.parametrize("point", END_FREE)
def test_ending_what_cost_nothing(
    shop: Shop, dies: Callable[..., None], clock: Any, wait_until: Callable[..., None], point: str
) -> None:
    with merchant_system() as system:
        order_id = unwanted(shop, system)

        dies(shop, "drain", None, at=point)

        def has_ended() -> bool:  # the database may hold the dead process's locks for a moment
            clock.move(100)
            shop.work_off()
            return bool(shop.order(order_id).status == "refunded")

        wait_until(has_ended)
    shop.audit()


@pytest.mark.parametrize("point", FAIL_OVER)
def test_going_on_to_the_next_account(
    shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str
) -> None:
    dead = {"base_url": "http://127.0.0.1:9", "merchant_id": shop.merchant_id, "api_key": shop.api_key}
    add_channel_account(shop.business_id, channel="simulator", name="Dead", values=dead, priority=1)
    order_id = shop.place()

    dies(shop, "pay", order_id, at=point)

    change_channel_account(
        shop.business_id, shop.one(select(ChannelAccount.id).where(ChannelAccount.name == "Dead"))[0], name="Dead",
        values=dead | {"base_url": shop.simulator}, enabled=False, priority=1,
    )  # fmt: skip
    carry_on(shop)
    shop.pay(order_id)
    carry_on(shop, approve=True)
    _paid_once(shop, order_id)


@pytest.mark.parametrize("point", ["pay_order.reserve.after", "record_result.answer.before_commit"])
def test_paying_from_a_wallet(shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str) -> None:
    shop.keep_wallets()
    shop.fund("buyer-1", 1000)
    order_id = shop.place()

    dies(shop, "pay_from_wallet", order_id, at=point)

    carry_on(shop)
    _paid_once(shop, order_id)
    assert shop.balance("wallet") == 0


@pytest.mark.parametrize("point", NOTICE)
def test_a_notice(shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)

    dies(shop, "notice", attempt_id, at=point)

    shop.notice(attempt_id)  # not acknowledged, so it is sent again
    carry_on(shop)
    _paid_once(shop, order_id)


@pytest.mark.parametrize("point", ASK)
def test_asking(shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)

    dies(shop, "ask", attempt_id, at=point)

    carry_on(shop)
    _paid_once(shop, order_id)


@pytest.mark.parametrize("point", TELL_AGAIN)
def test_learning_the_buyers_way_on_again(
    shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str
) -> None:
    order_id, attempt_id = shop.place(), new_id()
    shop.script("create", "garbage", out_trade_no=show("att", attempt_id), times=1)
    shop.pay(order_id, attempt_id)
    assert shop.attempt(attempt_id).status == "unknown"

    dies(shop, "ask", attempt_id, at=point)

    shop.poll(attempt_id)
    assert shop.attempt(attempt_id).action is not None
    carry_on(shop, approve=True)
    _paid_once(shop, order_id)


@pytest.mark.parametrize(
    ("action", "point"),
    [*(("drain", point) for point in DELIVER), *(("drain_singly", point) for point in DELIVER_SINGLY)],
)
def test_delivering(
    shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], action: str, point: str
) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)

    dies(shop, action, None, at=point)

    carry_on(shop)
    _paid_once(shop, order_id)


@pytest.mark.parametrize("point", REFUND)
def test_refunding(shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str) -> None:
    order_id = shop.paid_order()

    dies(shop, "refund", order_id, at=point)

    carry_on(shop)
    if not shop.refunds(order_id):  # nothing was committed: requested again
        shop.refund(order_id)
        carry_on(shop)
    _refunded_once(shop, order_id)


@pytest.mark.parametrize("point", TAKE_BACK)
def test_taking_goods_back(shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str) -> None:
    order_id = shop.paid_order()
    shop.refund(order_id)

    dies(shop, "drain", None, at=point)

    carry_on(shop)
    _refunded_once(shop, order_id)


@pytest.mark.parametrize("point", TAKE_BACK_LINES)
def test_taking_a_lines_goods_back(
    shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], point: str
) -> None:
    order_id = shop.paid_order()
    shop.refund(order_id, 400)

    dies(shop, "drain", None, at=point)

    carry_on(shop)
    assert (shop.order(order_id).status, shop.order(order_id).refunded_minor) == ("fulfilled", 400)
    assert [time.status for time in shop.entitlements()] == ["active"]


@pytest.mark.parametrize("point", WAITING)
def test_delivering_through_the_merchants_system(shop: Shop, dies: Callable[..., None], clock: Any, point: str) -> None:
    with merchant_system() as system:
        sell_through(shop, system)
        order_id = shop.paid_order()
        waiting = delivery_of(shop, order_id).id

        dies(shop, "deliver", waiting, at=point)

        clock.move(100)
        deliver_line.try_again(shop.business_id, waiting)
    assert shop.order(order_id).status == "fulfilled"
    # Told once or, when nobody can know, again: by the same id.
    assert len(set(system.ids)) == 1
    shop.audit()


@pytest.mark.parametrize("point", BY_HAND)
def test_saying_by_hand_that_it_was_delivered(shop: Shop, dies: Callable[..., None], point: str) -> None:
    with merchant_system() as system:
        sell_through(shop, system)
        order_id = shop.paid_order()
        waiting = delivery_of(shop, order_id).id

        dies(shop, "say_delivered", waiting, at=point)

        deliver_line.decide_manually(shop.business_id, waiting, seen="pending", to="delivered", reason="seen there")
    assert shop.order(order_id).status == "fulfilled"
    shop.audit()


@pytest.mark.parametrize("point", CLOSE)
def test_closing(
    new_shop: Callable[..., Shop], dies: Callable[..., None], carry_on: Callable[..., None], point: str
) -> None:
    shop = new_shop(stock=1, pay_deadline_s=1)
    order_id = shop.place()
    shop.pay(order_id)

    dies(shop, "close", order_id, at=point)

    close_order(shop.business_id, order_id, reason="expired", actor="system")
    carry_on(shop)
    assert shop.order(order_id).status == "closed"
    assert shop.balance("merchant_payable", "pending") == 0
    shop.place()
    shop.audit()


@pytest.mark.parametrize("point", SURPLUS)
def test_sending_late_money_back(
    shop: Shop, dies: Callable[..., None], carry_on: Callable[..., None], clock: Any, point: str
) -> None:
    order_id = shop.place()
    attempt_id = shop.pay(order_id)
    shop.script("close", "http_500", out_trade_no=show("att", attempt_id), times=9)
    clock.move(2500)
    close_order(shop.business_id, order_id, reason="expired", actor="system")
    shop.approve(attempt_id)
    shop.notice(attempt_id)

    dies(shop, "surplus", attempt_id, at=point)

    carry_on(shop)
    [back] = shop.refunds(order_id)
    assert (back.status, back.amount_minor) == ("succeeded", 1000)
    assert shop.balance("unapplied") == shop.balance("channel_clearing") == 0


def test_every_point_of_these_workflows_is_tried() -> None:
    files = (
        "place_order",
        "pay_order",
        "record_result",
        "fulfil_order",
        "refund_order",
        "close_orders",
        "deliver_line",
        "return_coupons",
    )
    named: set[str] = set()
    for point in (point for name in (*files, "accept_notice", "poll_undecided") for point in points_of(name)):
        steps = ("answer", "query", "close") if "{source}" in point else ("",)
        named |= {point.replace("{source}", step) for step in steps}
    # One phase each with the same steps as `reserve`, or one that only keeps what was refused, or opens a case.
    same = ("place_and_pay.reserve", "refund_order.resume", "accept_notice.refuse")
    same += ("accept_notice.number_taken", "record_result.number_taken", "accept_notice.repeated")

    assert {point for point in named if not point.startswith(same)} <= COVERED


def _paid_once(shop: Shop, order_id: uuid.UUID) -> None:
    assert (shop.order(order_id).status, shop.order(order_id).paid_minor) == ("fulfilled", 1000)
    assert shop.balance("merchant_payable") == -1000
    assert [time.status for time in shop.entitlements()] == ["active"]


def _refunded_once(shop: Shop, order_id: uuid.UUID) -> None:
    assert (shop.order(order_id).status, shop.order(order_id).refunded_minor) == ("refunded", 1000)
    assert shop.balance("merchant_payable") == shop.balance("channel_clearing") == 0
    assert [time.status for time in shop.entitlements()] == ["revoked"]
