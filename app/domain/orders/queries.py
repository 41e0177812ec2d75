"""What other rooms ask about orders."""

from __future__ import annotations

from sqlalchemy import select

from app.core import db
from app.domain.orders.models import Order


def is_new_buyer(reference: str) -> bool:
    """Whether the buyer has no order that is paid or can still be paid, in the open transaction."""
    other = select(Order.id).where(
        Order.business_id == db.here(), Order.buyer_reference == reference, Order.status != "closed"
    )
    return db.scalar(other.limit(1)) is None
