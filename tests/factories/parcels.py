"""Goods that are shipped, and what becomes of their parcels."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row, select

from app.core import db
from app.core.ids import show
from app.domain.catalog.models import Sku
from app.domain.fulfilment.parcels.models import Parcel
from app.domain.orders import types
from app.domain.orders.models import OrderLine
from app.domain.orders.shipping import ADDRESS
from app.workflow.fulfilment import manage_parcels, manage_warehouses
from app.workflow.fulfilment.manage_warehouses import WarehouseCommand
from app.workflow.orders import place_order
from tests.factories.merchant import sell
from tests.factories.shop import Shop

BERLIN = {
    "name": "Ada Lovelace",
    "line1": "12 Analytical Way",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "DE",
}


def sell_parcels(shop: Shop, *, stock: int | None = None) -> None:
    """The shop's product is shipped from now on, and has so many units."""
    sell(shop, "shipping")
    if stock is not None:
        with db.phase("test.stock", shop.business_id):
            db.write(db.change(Sku, shop.sku_id, stock=stock), expect=1)


def place_shipped(
    shop: Shop,
    quantity: int = 1,
    *,
    buyer: str = "buyer-1",
    email: str | None = None,
    address: dict[str, str] | None = None,
    **more: Any,
) -> uuid.UUID:
    """A new order with an address; its id."""
    command = types.PlaceOrderCommand(
        items=[types.OrderItem(shop.sku_id, quantity)],
        buyer=types.Buyer(reference=buyer, email=email),
        details={ADDRESS: BERLIN if address is None else address},
        **more,
    )
    return place_order.place_order(shop.business_id, command)


def paid_parcels(shop: Shop, quantity: int = 1, *, buyer: str = "buyer-1", email: str | None = None) -> uuid.UUID:
    """A paid order whose delivery has begun; its id."""
    order_id = place_shipped(shop, quantity, buyer=buyer, email=email)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    return order_id


def line_of(shop: Shop, order_id: uuid.UUID) -> uuid.UUID:
    """The order's only line."""
    query = select(OrderLine.id).where(OrderLine.business_id == shop.business_id, OrderLine.order_id == order_id)
    found: uuid.UUID = shop.one(query).id
    return found


def parcels_of(shop: Shop, order_id: uuid.UUID) -> list[Row[Any]]:
    """The order's parcels, oldest first."""
    table = db.table(Parcel)
    query = select(table).where(table.c.business_id == shop.business_id, table.c.order_id == order_id)
    found: list[Row[Any]] = shop.many(query.order_by(table.c.id))
    return found


def parcel_ids(shop: Shop) -> dict[str, str]:
    """A parcel and a warehouse of the shop, whose product stays what it was, as routes name them."""
    known = shop.product_id, shop.sku_id
    sell_parcels(shop)
    command = WarehouseCommand(name="Theirs", address=BERLIN)
    parcel_id = manage_parcels.pack_parcel(shop.business_id, paid_parcels(shop), {}, actor="test")
    shop.product_id, shop.sku_id = known
    return {
        "parcel_id": show("pcl", parcel_id),
        "warehouse_id": show("whs", manage_warehouses.create_warehouse(shop.business_id, command)),
    }
