"""What of the home page is of this very moment: what waits for people, and how far a new business has come."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.core import db
from app.domain.catalog.models import Product
from app.domain.orders.models import Order
from app.domain.payments.models import Case, ChannelAccount
from app.read.order_search import in_trouble


@dataclass(frozen=True)
class Home:
    """Counts end at 100: beyond that the page says "99+"."""

    trouble: int
    overdue: int  # attempts undecided for so long that they were put before people
    waiting: int
    has_products: bool
    has_orders: bool
    has_channels: bool


def home(business_id: uuid.UUID) -> Home:
    """What waits at the business now."""
    with db.reading(business_id):
        return Home(
            trouble=_count(in_trouble(business_id)),
            overdue=_count(
                select(Case.id).where(
                    Case.business_id == business_id, Case.status == "open", Case.kind == "undecided_long"
                )
            ),
            waiting=_count(
                select(Order.id).where(Order.business_id == business_id, Order.status.in_(("created", "paying")))
            ),
            has_products=_any(Product, business_id),
            has_orders=_any(Order, business_id),
            has_channels=_any(ChannelAccount, business_id),
        )


def _count(query: Any, *, at_most: int = 100) -> int:
    return int(db.scalar(select(func.count()).select_from(query.limit(at_most).subquery())))


def _any(model: Any, business_id: uuid.UUID) -> bool:
    return db.first(select(model.id).where(model.business_id == business_id).limit(1)) is not None
