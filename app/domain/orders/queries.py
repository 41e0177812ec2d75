"""What other rooms ask about orders."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import func, or_, select

from app.core import db
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.states import OrderStatus


def is_new_buyer(reference: str) -> bool:
    """Whether the buyer has no order that is paid or can still be paid, in the open transaction."""
    other = select(Order.id).where(
        Order.business_id == db.here(), Order.buyer_reference == reference, Order.status != OrderStatus.CLOSED
    )
    return db.scalar(other.limit(1)) is None


def pieces_of(product_id: uuid.UUID, *, buyer: str, since: datetime, email: str | None = None) -> tuple[int, int]:
    """How many units of the product the buyer has ordered, or whoever gave this address: altogether, and since then.
    What was closed unpaid, or refunded wholly, counts for nothing."""
    whose = Order.buyer_reference == buyer
    if email is not None:
        whose = or_(whose, Order.buyer_email == email)
    quantity = func.sum(OrderLine.quantity)
    counted = (
        select(
            func.coalesce(quantity, 0).label("altogether"),
            func.coalesce(quantity.filter(Order.created_at > since), 0).label("lately"),
        )
        .select_from(Order)
        .join(OrderLine, (OrderLine.business_id == Order.business_id) & (OrderLine.order_id == Order.id))
        .where(
            Order.business_id == db.here(),
            whose,
            Order.status.not_in((OrderStatus.CLOSED, OrderStatus.REFUNDED)),
            OrderLine.product_id == product_id,
        )
    )
    found = db.rows(counted)[0]
    return int(found.altogether), int(found.lately)
