"""Units that come back, that people count, and that run low."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.domain.catalog.models import Sku, StockChange
from app.read.catalog.stock import few_left
from app.workflow.catalog import manage_stock
from app.workflow.fulfilment.manage_delivery import add_licence_keys
from tests.factories.merchant import sell
from tests.factories.shop import Shop


@pytest.fixture
def counted(new_shop: Callable[..., Shop]) -> Any:
    """A shop with ten units."""
    shop = new_shop(stock=10)
    yield shop
    shop.audit()


def available(shop: Shop) -> int | None:
    found: int | None = shop.one(select(Sku.stock).where(Sku.id == shop.sku_id)).stock
    return found


def history(shop: Shop) -> list[tuple[str, int | None, int | None, str]]:
    table = StockChange.__table__
    rows = shop.many(select(table).where(table.c.sku_id == shop.sku_id).order_by(table.c.created_at, table.c.id))
    return [(row.kind, row.before, row.after, row.actor) for row in rows]


def refund(shop: Shop, order_id: uuid.UUID) -> None:
    shop.refund(order_id)
    [transaction] = shop.refunds(order_id)
    shop.poll(shop.refund_attempt(transaction.id).id)
    shop.work_off()


def paid(shop: Shop, quantity: int) -> uuid.UUID:
    """Paid, and not delivered yet."""
    order_id = shop.place(quantity)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    return order_id


@pytest.mark.parametrize(
    ("rule", "delivered", "left"),
    [
        ("always", True, 10),
        ("always", False, 10),
        ("undelivered", True, 7),
        ("undelivered", False, 10),
        ("never", True, 7),
        ("never", False, 7),
    ],
)
def test_refunded_units_come_back_as_the_sku_says(counted: Shop, rule: str, delivered: bool, left: int) -> None:
    manage_stock.set_stock_rules(counted.business_id, counted.sku_id, restock=rule, low_stock=None)
    order_id = counted.paid_order(3) if delivered else paid(counted, 3)

    refund(counted, order_id)

    assert counted.order(order_id).status == "refunded"
    assert available(counted) == left
    assert history(counted) == ([("restocked", 7, 10, "system")] if left == 10 else [])


def test_who_changes_stock_says_why(counted: Shop) -> None:
    once = new_id()
    for _ in range(2):
        manage_stock.adjust_stock(
            counted.business_id, counted.sku_id, change=-4, reason="broken", actor="ann", change_id=once
        )
    manage_stock.adjust_stock(counted.business_id, counted.sku_id, to=20, reason="delivered", actor="bob")

    assert available(counted) == 20
    assert history(counted) == [("adjusted", 10, 6, "ann"), ("adjusted", 6, 20, "bob")]


@pytest.mark.parametrize("command", [{"change": -11}, {"to": -1}, {"to": 10}, {}, {"change": 1, "to": 1}])
def test_what_stock_cannot_be_is_refused(counted: Shop, command: dict[str, int]) -> None:
    with pytest.raises(Invalid):
        manage_stock.adjust_stock(counted.business_id, counted.sku_id, reason="x", actor="ann", **command)

    assert history(counted) == []


def test_what_open_orders_hold_stays(counted: Shop) -> None:
    counted.place(6)

    with pytest.raises(Conflict, match="reserve 6 units"):
        manage_stock.adjust_stock(counted.business_id, counted.sku_id, to=5, reason="lost", actor="ann")
    manage_stock.adjust_stock(counted.business_id, counted.sku_id, to=6, reason="lost", actor="ann")


def test_keys_are_counted_and_people_are_alerted_when_few_are_left(shop: Shop) -> None:
    sell(shop, "licence_key")
    add_licence_keys(shop.business_id, shop.product_id, shop.sku_id, [f"K-{n}" for n in range(11)])
    assert few_left(shop.business_id) == 0
    with pytest.raises(Conflict, match="keys in the pool"):
        manage_stock.adjust_stock(shop.business_id, shop.sku_id, to=50, reason="more", actor="ann")

    shop.place()

    assert few_left(shop.business_id) == 1
    assert history(shop) == [("keys", 0, 11, "system")]


def test_a_key_nobody_had_can_be_sold_after_a_refund(shop: Shop) -> None:
    sell(shop, "licence_key")
    add_licence_keys(shop.business_id, shop.product_id, shop.sku_id, ["K-1"])
    order_id = paid(shop, 1)

    refund(shop, order_id)

    assert available(shop) == 1
    assert shop.place()
