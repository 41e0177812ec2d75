"""Placing an order: the server's price, stock held, evidence of what was agreed, all in one phase."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db
from app.core.db.retry import in_phase
from app.core.ids import new_id
from app.domain.orders.models import Order
from app.domain.orders.types import PlaceOrderCommand
from app.workflow.orders import reserve_remotely
from app.workflow.steps.orders.write_order import write_order


def place_order(business_id: uuid.UUID, command: PlaceOrderCommand, *, order_id: uuid.UUID | None = None) -> uuid.UUID:
    """Place the order and hold its stock, here and at the merchant's own system; returns its id. With an `order_id`
    that exists already nothing happens.

    Raises:
        NotFound: no such SKU. NotOnSale, QuantityNotAllowed, BuyerLimit, OutOfStock, NoPrice, CouponRefused,
            AgreementNeeded: as they say.
        Invalid: no line or too many, a SKU named twice, several currencies, or more than one amount can be.
        Conflict: the merchant's system gave no answer.
    """
    order_id = order_id or new_id()

    def place() -> bool:
        return _exists(order_id) or write_order(order_id, command).needs_remote_reservation

    if in_phase("place_order.reserve", business_id, place):
        reserve_remotely.reserve(business_id, order_id)
    return order_id


def _exists(order_id: uuid.UUID) -> bool:
    return db.scalar(select(Order.id).where(Order.business_id == db.here(), Order.id == order_id)) is not None
