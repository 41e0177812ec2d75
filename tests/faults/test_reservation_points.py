"""The process is stopped dead while a merchant's own system holds something, or a wallet bears a share. Whoever comes
after carries on, and in the end everything is held, used or free, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core.ids import new_id
from app.core.money import Money
from app.domain.orders.reservations.models import Reservation
from app.workflow.orders import reserve_remotely
from app.workflow.wallets import move_money
from tests.factories.seats import Seats, keep_seats
from tests.factories.shop import Shop
from tests.faults.conftest import points_of

TRY = (
    "reserve_remotely.claim.before_commit",
    "reserve_remotely.claim.after",
    "reserve_remotely.call.after",
    "reserve_remotely.record.before_commit",
    "reserve_remotely.record.after",
)
FINALISE = (
    "reserve_remotely.decide.before_commit",
    "reserve_remotely.decide.after",
    "reserve_remotely.call.after",
    "reserve_remotely.record.before_commit",
)
RELEASE = ("reserve_remotely.release.before_commit", "reserve_remotely.release.after")


@pytest.fixture
def seats(shop: Shop) -> Seats:
    return keep_seats(shop, capacity=1)


@pytest.mark.parametrize("point", TRY)
def test_a_caller_who_comes_again_has_its_seat(shop: Shop, seats: Seats, dies: Callable[..., None], point: str) -> None:
    order_id = new_id()

    dies(shop, "place", order_id, at=point)

    shop.place(order_id=order_id)
    _pay(shop, order_id)
    assert (_one(shop).status, shop.order(order_id).status) == ("confirmed", "fulfilled")
    assert [each["status"] for each in seats.reservations] == ["confirmed"]


def test_a_reservation_that_nobody_returns_for_is_released(
    shop: Shop, seats: Seats, dies: Callable[..., None], clock: Any
) -> None:
    order_id = new_id()

    dies(shop, "place", order_id, at="reserve_remotely.call.after")
    assert seats.free == 0

    clock.move(61)
    reserve_remotely.finalise_due()
    assert (shop.order(order_id).status, _one(shop).status, seats.free) == ("closed", "cancelled", 1)


@pytest.mark.parametrize("point", FINALISE)
def test_telling_what_was_decided(shop: Shop, seats: Seats, dies: Callable[..., None], point: str) -> None:
    order_id = shop.place()
    seats.script("confirm", "drop")
    _pay(shop, order_id)

    dies(shop, "finalise_outside", _one(shop).id, at=point)

    reserve_remotely.finalise(shop.business_id, _one(shop).id, force=True)
    assert _one(shop).status == "confirmed"
    assert [each["status"] for each in seats.reservations] == ["confirmed"]


@pytest.mark.parametrize("point", RELEASE)
def test_releasing(shop: Shop, seats: Seats, dies: Callable[..., None], point: str) -> None:
    order_id = shop.place()
    seats.script("confirm", "decline")
    _pay(shop, order_id)

    dies(shop, "release", _one(shop).id, at=point)

    if point.endswith("before_commit"):
        reserve_remotely.release(shop.business_id, _one(shop).id, reason="seen to", actor="test")
    assert _one(shop).status == "cancelled"


@pytest.mark.parametrize(
    "point", ["pay_order.reserve.before_commit", "pay_order.reserve.after", "pay_order.call.after"]
)
def test_paying_in_part_from_a_wallet(shop: Shop, dies: Callable[..., None], clock: Any, point: str) -> None:
    shop.keep_wallets()
    shop.fund("buyer-1", 400)
    order_id = shop.place()

    dies(shop, "pay_in_part_from_wallet", order_id, at=point)

    clock.move(100)
    for row in shop.many(select(Reservation.attempt_id).where(Reservation.status == "reserved")):
        shop.poll(row.attempt_id)
    if shop.order(order_id).status == "created":
        shop.pay(order_id, wallet_minor=400)
    held = shop.one(select(Reservation.attempt_id).where(Reservation.status == "reserved"))
    shop.approve(held.attempt_id)
    shop.notice(held.attempt_id)
    assert shop.order(order_id).paid_minor == 1000
    has = move_money.wallet(shop.business_id, buyer="buyer-1", currency="USD")
    assert (Money(has.total, "USD"), has.held) == (Money(0, "USD"), 0)


def test_every_point_of_this_workflow_is_tried() -> None:
    assert points_of("reserve_remotely") == {*TRY, *FINALISE, *RELEASE}


def _pay(shop: Shop, order_id: Any) -> None:
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()


def _one(shop: Shop) -> Any:
    table = Reservation.__table__
    return shop.one(select(table).where(table.c.kind == "remote"))
