"""Delivering what was paid, once; and taking back what was refunded, with the stock it had."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound
from app.core.ids import new_id
from app.domain.catalog.models import Sku
from app.domain.fulfilment.models import Delivery
from app.domain.orders import types
from app.domain.orders.models import OrderLine
from app.domain.payments.types import RefundLineCommand
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import SkuCommand
from app.workflow.fulfilment import fulfil_order
from app.workflow.orders import place_order
from app.workflow.payments import refund_order
from tests.factories.deliveries import keys, refund_ends, sell_keys
from tests.factories.merchant import MerchantSystem, delivery_of, sell_through
from tests.factories.shop import Shop


def test_an_order_is_delivered_once_however_many_begin_it(shop: Shop) -> None:
    sell_keys(shop, "A-1", "A-2", "A-3")
    order_id = _paid(shop, quantity=2)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: fulfil_order.fulfil_order(shop.business_id, order_id), range(4)))
    shop.work_off()

    assert (shop.order(order_id).status, len(_deliveries(shop))) == ("fulfilled", 1)
    assert (len(keys(shop, "delivered")), len(keys(shop, "free"))) == (2, 1)


def test_several_orders_go_out_together_and_the_unpaid_ones_stay(shop: Shop) -> None:
    paid, unpaid = [_paid(shop), _paid(shop, buyer="buyer-2")], shop.place()

    with db.phase("test.fulfil", shop.business_id):
        fulfil_order.fulfil_here([*paid, unpaid])

    assert [shop.order(each).status for each in (*paid, unpaid)] == ["fulfilled", "fulfilled", "created"]
    assert {row.order_id for row in _deliveries(shop)} == set(paid)
    assert (len(shop.entitlements()), len(shop.entitlements("buyer-2"))) == (1, 1)


def test_with_an_order_that_is_not_there_none_is_delivered(shop: Shop) -> None:
    order_id = _paid(shop)

    with pytest.raises(NotFound), db.phase("test.fulfil", shop.business_id):
        fulfil_order.fulfil_here([order_id, new_id()])

    assert (shop.order(order_id).status, _deliveries(shop)) == ("paid", [])


def test_what_the_merchant_s_system_delivers_leaves_the_order_under_way(shop: Shop, system: MerchantSystem) -> None:
    sell_through(shop, system)
    order_id = _paid(shop)

    fulfil_order.fulfil_order(shop.business_id, order_id)

    assert (shop.order(order_id).status, delivery_of(shop, order_id).status) == ("fulfilling", "pending")
    assert system.received == []


def test_a_refund_takes_back_the_delivery_and_the_units_once(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(stock=5)
    order_id, other = shop.paid_order(2), shop.paid_order(1)
    sold = _stock(shop)

    fulfil_order.take_back(shop.business_id, order_id)  # nothing was refunded yet
    kept = delivery_of(shop, order_id).status
    shop.refund(order_id)
    refund_ends(shop, order_id)
    for _ in range(2):
        fulfil_order.take_back(shop.business_id, order_id)
        fulfil_order.take_back_lines(shop.business_id, order_id)

    assert (sold, kept, _stock(shop)) == (2, "delivered", 4)
    assert (delivery_of(shop, order_id).status, delivery_of(shop, other).status) == ("revoked", "delivered")
    shop.audit()


def test_of_an_order_only_the_line_is_taken_back_that_went_back_whole(new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(stock=5)
    command = SkuCommand(code="YEAR", name="1 year", price_minor=9000, currency="USD")
    year = manage_catalog.add_sku(shop.business_id, shop.product_id, command)
    order_id, (months, years) = _paid_lines(shop, (shop.sku_id, 2), (year, 1))
    shop.work_off()

    for refunded in (RefundLineCommand(line_id=months, quantity=1), RefundLineCommand(line_id=years, quantity=1)):
        refund_order.refund_order(
            shop.business_id, order_id, amount_minor=None, lines=[refunded], reason="asked", actor="test"
        )
        shop.work_off()
        shop.poll(shop.refund_attempt(shop.refunds(order_id)[-1].id).id)
        shop.work_off()

    assert {row.line_id: row.status for row in _deliveries(shop)} == {months: "delivered", years: "revoked"}
    assert (shop.order(order_id).status, _stock(shop)) == ("fulfilled", 3)


def _paid(shop: Shop, *, quantity: int = 1, buyer: str = "buyer-1") -> uuid.UUID:
    """An order that was paid, and of which nothing is delivered yet."""
    order_id = shop.place(quantity, buyer=buyer)
    _pay(shop, order_id)
    return order_id


def _paid_lines(shop: Shop, *chosen: tuple[uuid.UUID, int]) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """The same of several SKUs, and its lines in this order."""
    items = [types.OrderItem(sku_id, quantity) for sku_id, quantity in chosen]
    command = types.PlaceOrderCommand(items=items, buyer=types.Buyer(reference="buyer-1"))
    order_id = place_order.place_order(shop.business_id, command)
    _pay(shop, order_id)
    lines = shop.many(select(OrderLine.id).where(OrderLine.order_id == order_id).order_by(OrderLine.position))
    return order_id, [line.id for line in lines]


def _pay(shop: Shop, order_id: uuid.UUID) -> None:
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)


def _deliveries(shop: Shop) -> list[Delivery]:
    return list(shop.many(select(Delivery.__table__)))


def _stock(shop: Shop) -> int:
    return int(shop.one(select(Sku.stock).where(Sku.id == shop.sku_id)).stock)
