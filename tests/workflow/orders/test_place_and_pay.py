"""Placing and paying in one go: both or neither, and once for each order id."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import AppError, NotFound
from app.core.ids import new_id
from app.core.last_read import LastRead
from app.domain.catalog.errors import OutOfStock
from app.domain.catalog.models import Sku
from app.domain.orders.models import Order
from app.domain.orders.reservations.models import Reservation
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.domain.payments.errors import NoChannel, PaymentInProgress
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.domain.payments.types import WalletPortion
from app.workflow.orders.place_and_pay import place_and_pay
from tests.factories.seats import keep_seats
from tests.factories.shop import Shop


def test_an_order_is_placed_and_its_payment_begun_and_then_the_caller_is_called(shop: Shop) -> None:
    order_id, seen = new_id(), []

    made = _go(shop, order_id, then=LastRead(lambda: seen.append("called")))

    [attempt] = _attempts(shop)
    assert (made, seen, shop.order(order_id).status) == (order_id, ["called"], "paying")
    assert (attempt.amount_minor, attempt.status, attempt.kind) == (2000, "pending", "charge")
    shop.approve(attempt.id)
    shop.notice(attempt.id)
    shop.work_off()
    assert shop.order(order_id).status == "fulfilled"


def test_what_cannot_be_paid_is_not_placed(shop: Shop) -> None:
    with pytest.raises(NoChannel):
        _go(shop, new_id(), channel="offline")
    with pytest.raises(NotFound):
        _go(shop, new_id(), sku_id=new_id())

    assert (shop.many(select(Order.id)), _attempts(shop)) == ([], [])


def test_stock_is_given_once_and_who_comes_too_late_leaves_nothing(new_shop: Any) -> None:
    shop = new_shop(stock=4)

    def race(_: int) -> bool:
        try:
            _go(shop, new_id(), is_new=True)
            return True
        except OutOfStock:
            return False

    with ThreadPoolExecutor(5) as pool:
        placed = list(pool.map(race, range(5)))

    assert placed.count(True) == 2
    assert (len(shop.many(select(Order.id))), len(_attempts(shop))) == (2, 2)
    assert shop.one(select(Sku.reserved).where(Sku.id == shop.sku_id)).reserved == 4
    shop.audit()


def test_the_same_order_again_is_the_same_order_and_not_paid_twice(shop: Shop) -> None:
    order_id, request_id = new_id(), new_id()
    _go(shop, order_id, request_id=request_id)

    _go(shop, order_id, request_id=request_id)
    with pytest.raises(PaymentInProgress):
        _go(shop, order_id, request_id=new_id())

    assert [row.id for row in shop.many(select(Order.id))] == [order_id]
    assert len(_attempts(shop)) == 1


def test_an_order_that_costs_nothing_is_paid_without_anybody_being_asked(new_shop: Any) -> None:
    shop = new_shop(price_minor=0)
    order_id = new_id()

    for _ in range(2):
        _go(shop, order_id, channel=None)

    assert _attempts(shop) == []
    shop.work_off()
    assert shop.order(order_id).status == "fulfilled"
    shop.audit()


def test_what_the_merchants_own_system_keeps_is_held_before_the_payment_begins(shop: Shop) -> None:
    seats = keep_seats(shop, capacity=3)
    order_id = _go(shop, new_id())

    with pytest.raises(AppError):
        _go(shop, new_id())

    assert (seats.free, len(_attempts(shop)), shop.order(order_id).status) == (1, 1, "paying")
    reservations = Reservation.__table__
    held = shop.many(select(reservations.c.order_id).where(reservations.c.status == "reserved"))
    assert [row.order_id for row in held] == [order_id]


def test_a_balance_pays_its_part_and_the_company_the_rest(shop: Shop) -> None:
    shop.keep_wallets()
    shop.fund("ann", 500)

    order_id = _go(shop, new_id(), from_wallet=WalletPortion(500))
    charge = _attempts(shop)[-1]
    shop.approve(charge.id)
    shop.notice(charge.id)
    shop.work_off()

    table = PaymentTransaction.__table__
    parts = shop.many(select(table).where(table.c.order_id == order_id))
    assert (charge.amount_minor, shop.order(order_id).status) == (1500, "fulfilled")
    assert sorted((row.kind, row.amount_minor) for row in parts) == [("charge", 500), ("charge", 1500)]


def _go(shop: Shop, order_id: uuid.UUID, *, sku_id: uuid.UUID | None = None, **more: Any) -> uuid.UUID:
    """Two units for Ann, through the simulator unless `more` says otherwise."""
    command = PlaceOrderCommand(items=[OrderItem(sku_id or shop.sku_id, 2)], buyer=Buyer(reference="ann"))
    return place_and_pay(shop.business_id, command, order_id=order_id, **{"channel": "simulator", **more})


def _attempts(shop: Shop) -> list[Any]:
    return list(shop.many(select(PaymentAttempt.__table__).order_by(PaymentAttempt.id)))
