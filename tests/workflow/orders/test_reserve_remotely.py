"""What a merchant's own system holds for an order: tried before it can be paid, then confirmed or cancelled."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from app.core import clock as clocks
from app.core import db
from app.core.errors import Conflict
from app.core.ids import new_id, show
from app.domain.catalog.errors import OutOfStock
from app.domain.marketing.kinds import Percentage
from app.domain.marketing.types import DiscountLimits, DiscountRule
from app.domain.orders import types
from app.domain.orders.errors import OrderState
from app.domain.orders.reservations.models import Reservation
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.domain.reconciliation.models import Case
from app.workflow.marketing import manage_promotions
from app.workflow.orders import reserve_remotely
from app.workflow.orders.close_orders import close_order
from app.workflow.payments import confirm_bank_transfer
from app.workflow.steps.orders import write_order
from tests.factories.seats import Seats, keep_seats
from tests.factories.shop import Shop


@pytest.fixture
def seats(shop: Shop) -> Seats:
    return keep_seats(shop, capacity=2)


def _one(shop: Shop) -> Any:
    table = Reservation.__table__
    return shop.one(select(table).where(table.c.kind == "remote").order_by(table.c.id.desc()))


def _state(shop: Shop) -> tuple[str, str]:
    row = _one(shop)
    return row.status, row.target


def test_seats_are_held_then_confirmed_when_the_order_is_paid(shop: Shop, seats: Seats) -> None:
    order_id = shop.place()
    assert (_state(shop), seats.free) == (("reserved", "reserve"), 1)

    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()

    assert _state(shop) == ("confirmed", "confirm")
    assert [each["status"] for each in seats.reservations] == ["confirmed"]
    shop.refund(order_id)
    shop.work_off()
    assert (_state(shop), seats.free) == (("cancelled", "cancel"), 2)


def test_seats_of_an_order_that_closes_are_free_again(shop: Shop, seats: Seats) -> None:
    order_id = shop.place(2)

    close_order(shop.business_id, order_id, reason="cancelled", actor="test")
    shop.work_off()

    assert (_state(shop), seats.free) == (("cancelled", "cancel"), 2)


def test_a_refusal_closes_the_order_and_says_sold_out(shop: Shop, seats: Seats) -> None:
    order_id = new_id()

    with pytest.raises(OutOfStock):
        shop.place(3, order_id=order_id)

    assert (shop.order(order_id).status, shop.order(order_id).close_reason) == ("closed", "out_of_stock")
    assert (_state(shop), seats.free) == (("cancelled", "cancel"), 2)
    assert _one(shop).next_attempt_at is None


def test_what_a_refused_order_used_of_a_promotion_can_be_used_again(shop: Shop, seats: Seats) -> None:
    sale = DiscountRule(id=new_id(), name="Sale", benefit=Percentage(off_bps=1000), limits=DiscountLimits(max_uses=1))
    manage_promotions.create_promotion(shop.business_id, sale, actor="test")
    manage_promotions.transition_promotion(shop.business_id, sale.id, "active", actor="test")
    with pytest.raises(OutOfStock):
        shop.place(3)

    order_id = shop.place(1)

    assert (shop.order(order_id).total_minor, seats.free) == (900, 1)


@pytest.mark.parametrize(
    ("behavior", "says"),
    [
        ("http_500", "responded with status 500"),
        ("garbage", "responded with status 302"),
        ("drop", "did not respond"),
    ],
)
def test_a_try_without_a_usable_answer_is_cancelled_and_nothing_is_ordered(
    shop: Shop, seats: Seats, behavior: str, says: str
) -> None:
    order_id = new_id()
    value = "after" if behavior == "http_500" else "redirect"  # 500 after it was done: the seat is taken
    seats.script("try", behavior, value=value)

    with pytest.raises(Conflict, match=rf"{says}\. Nothing was ordered"):
        shop.place(order_id=order_id)
    shop.work_off()

    assert (shop.order(order_id).status, shop.order(order_id).close_reason) == ("closed", "not_reserved")
    assert (_state(shop), seats.free) == (("cancelled", "cancel"), 2)


def test_a_cancel_before_its_try_refuses_the_try_when_it_comes(shop: Shop, seats: Seats, clock: Any) -> None:
    order_id = _left_behind(shop)
    clock.move(61)

    assert reserve_remotely.finalise_due() >= 1
    assert seats.reservations[0]["status"] == "cancelled"
    reserve_remotely.reserve(shop.business_id, order_id)
    late = seats.call({"action": "try", "reservation_id": seats.reservations[0]["reservation_id"], "quantity": 1})

    assert late == 409
    assert (shop.order(order_id).status, seats.free) == ("closed", 2)


def test_a_try_whose_answer_comes_after_the_cancel_is_cancelled_again(shop: Shop, seats: Seats) -> None:
    order_id = _left_behind(shop)
    call = _claimed(shop, order_id)
    close_order(shop.business_id, order_id, reason="cancelled", actor="test")
    seats.script("cancel", "drop")
    shop.work_off()

    answer = reserve_remotely._call_system(shop.business_id, call)
    _recorded(shop, call, answer)
    shop.work_off()
    reserve_remotely.finalise(shop.business_id, call.reservation_id, force=True)

    assert answer.verdict == "accepted"
    assert (_state(shop), seats.free) == (("cancelled", "cancel"), 2)


def test_a_decision_is_sent_until_it_is_acknowledged_and_people_see_what_is_stuck(
    shop: Shop, seats: Seats, clock: Any
) -> None:
    order_id = shop.place()
    seats.script("confirm", "http_500", times=5)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    assert _state(shop) == ("reserved", "confirm")

    for _ in range(4):
        reserve_remotely.finalise(shop.business_id, _one(shop).id, force=True)
    assert _state(shop) == ("stuck", "confirm")
    clock.move(400)
    reserve_remotely.finalise_due()

    assert _state(shop) == ("confirmed", "confirm")
    assert shop.order(order_id).status == "fulfilled"


def test_a_refused_confirm_is_stuck_at_once_and_can_be_released(shop: Shop, seats: Seats) -> None:
    order_id = shop.place()
    seats.script("confirm", "decline")
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    assert _state(shop) == ("stuck", "confirm")

    reserve_remotely.release(shop.business_id, _one(shop).id, reason="seated elsewhere", actor="usr_x")

    assert _state(shop) == ("cancelled", "cancel")
    with pytest.raises(Conflict):
        reserve_remotely.release(shop.business_id, _one(shop).id, reason="again", actor="usr_x")


def test_seats_are_held_for_as_long_as_a_slow_payment_may_take(shop: Shop, seats: Seats) -> None:
    order_id, first = _extended(shop)
    shop.work_off()

    assert _state(shop) == ("reserved", "reserve")
    assert datetime.fromisoformat(seats.reservations[0]["expires_at"]) == shop.order(order_id).expires_at > first
    _confirmed(shop, order_id)
    assert [each["status"] for each in seats.reservations] == ["confirmed"]


@pytest.mark.parametrize(("behavior", "times"), [("decline", 1), ("http_500", 5)])
def test_seats_that_cannot_be_held_for_longer_are_a_case_and_may_still_be_confirmed(
    shop: Shop, seats: Seats, behavior: str, times: int
) -> None:
    seats.script("extend", behavior, times=times)
    order_id, _ = _extended(shop)
    for _ in range(times):
        reserve_remotely.finalise(shop.business_id, _one(shop).id, force=True)

    assert (_state(shop), _one(shop).next_attempt_at) == (("reserved", "reserve"), None)
    assert [(row.kind, row.status) for row in shop.many(select(Case.__table__))] == [("reservation_stuck", "open")]
    _confirmed(shop, order_id)
    assert _state(shop) == ("confirmed", "confirm")
    assert [(row.kind, row.status) for row in shop.many(select(Case.__table__))] == [("reservation_stuck", "resolved")]


def test_an_extension_whose_order_closes_meanwhile_is_cancelled(shop: Shop, seats: Seats) -> None:
    order_id, _ = _extended(shop)
    close_order(shop.business_id, order_id, reason="cancelled", actor="test")
    shop.work_off()

    assert (_state(shop), seats.free) == (("cancelled", "cancel"), 2)


def test_an_extension_in_progress_cannot_be_released(shop: Shop, seats: Seats) -> None:
    seats.script("extend", "http_500")
    _extended(shop)

    with pytest.raises(Conflict, match="already resolved"):
        reserve_remotely.release(shop.business_id, _one(shop).id, reason="later", actor="usr_x")
    shop.work_off()

    assert _state(shop) == ("reserved", "extend")


def test_an_order_that_is_not_held_cannot_be_paid(shop: Shop, seats: Seats) -> None:
    order_id = _left_behind(shop)

    with pytest.raises(OrderState):
        shop.pay(order_id)

    assert seats.free == 2


def test_two_who_confirm_at_once_and_a_cancel_that_races_leave_one_end(shop: Shop, seats: Seats) -> None:
    orders = [shop.place() for _ in range(2)]
    attempts = [shop.pay(order_id) for order_id in orders]
    for attempt_id in attempts:
        shop.approve(attempt_id)

    def race(work: tuple[str, Any]) -> None:
        kind, subject = work
        try:
            if kind == "notice":
                shop.notice(subject)
            else:
                close_order(shop.business_id, subject, reason="cancelled", actor="test")
        except Conflict:
            pass

    with ThreadPoolExecutor(6) as pool:
        works = [("notice", each) for each in attempts] * 2 + [("close", each) for each in orders]
        list(pool.map(race, works))
        list(pool.map(lambda _: shop.work_off(), range(2)))
        table = Reservation.__table__
        ids = [row.id for row in shop.many(select(table.c.id))]
        list(pool.map(lambda each: reserve_remotely.finalise(shop.business_id, each, force=True), ids * 2))

    ends = {"fulfilled": "confirmed", "paid": "confirmed", "closed": "cancelled"}
    expected = {order_id: ends[shop.order(order_id).status] for order_id in orders}
    here = shop.many(select(table.c.id, table.c.order_id, table.c.status))
    there = {each["reservation_id"]: each["status"] for each in seats.reservations}
    assert {row.order_id: row.status for row in here} == expected
    assert {row.order_id: there[show("rsv", row.id)] for row in here} == expected


def _extended(shop: Shop) -> tuple[uuid.UUID, datetime]:
    """An order to be paid by bank transfer, which its merchant's system has not heard of yet; its first deadline."""
    shop.take_transfers()
    order_id = shop.place()
    first = shop.order(order_id).expires_at
    shop.pay(order_id, channel="offline")
    assert _state(shop) == ("reserved", "extend")
    return order_id, first


def _confirmed(shop: Shop, order_id: uuid.UUID) -> None:
    """Two people saw the money, and the merchant's system has heard of it."""
    charge = select(PaymentAttempt.id).join(PaymentTransaction, PaymentTransaction.id == PaymentAttempt.transaction_id)
    attempt_id = shop.one(charge.where(PaymentTransaction.order_id == order_id)).id
    booked_on = clocks.now().date()
    line = confirm_bank_transfer.Line(amount_minor=1000, bank_reference=f"B{new_id().hex}", booked_on=booked_on)
    transfer_id = confirm_bank_transfer.record(shop.business_id, attempt_id, line, actor="usr_maker")
    confirm_bank_transfer.confirm(shop.business_id, transfer_id, actor="usr_checker")
    shop.work_off()


def _left_behind(shop: Shop) -> uuid.UUID:
    """An order whose process died before it called the merchant's system."""
    order_id = new_id()
    command = types.PlaceOrderCommand(items=[types.OrderItem(shop.sku_id, 1)], buyer=types.Buyer(reference="buyer-1"))
    with db.phase("test.left_behind", shop.business_id):
        write_order.write_order(order_id, command)
    return order_id


def _claimed(shop: Shop, order_id: uuid.UUID) -> Any:
    with db.phase("test.claim", shop.business_id):
        order = reserve_remotely._lock(order_id)
        [row] = reserve_remotely.reservations.outside(order_id)
        return reserve_remotely._claim(order, row)


def _recorded(shop: Shop, call: Any, answer: Any) -> None:
    with db.phase("test.record", shop.business_id):
        reserve_remotely._record(call, answer)
