"""What a buyer owns, for the buyer to see: membership times, licence keys, and what the merchant's system gave."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, select

from app.core import clock, crypto, db
from app.core.errors import NotFound
from app.domain.business.models import Business
from app.domain.fulfilment.kinds.licence_key import key_context
from app.domain.fulfilment.models import Delivery, Entitlement, LicenceKey
from app.domain.orders.models import Order, OrderLine

MOST = 200  # deliveries on one page, the newest


@dataclass
class Goods:
    """One line of one order. `until` is when its time ends; `keys` are shown in full: they are the buyer's."""

    title: str
    order_id: uuid.UUID
    quantity: int
    status: str
    delivered_at: datetime | None
    starts_at: datetime | None = None
    until: datetime | None = None
    text: str = ""
    keys: list[str] = field(default_factory=list)

    @property
    def running(self) -> bool:
        """Whether it can be used now."""
        return self.status == "delivered" and (self.until is None or self.until > clock.now())


@dataclass(frozen=True)
class Owned:
    """Everything of one buyer at one business."""

    merchant: str
    mode: str
    goods: tuple[Goods, ...]


def owned(business_id: uuid.UUID, buyer_reference: str) -> Owned:
    """What the buyer owns or awaits, the newest first; what was taken back is left out.

    Raises:
        NotFound: there is no such business.
    """
    with db.reading(business_id):
        business = db.first(select(Business.name, Business.mode).where(Business.id == business_id))
        if business is None:
            raise NotFound("not_found", "There is no such shop.")
        rows = db.rows(_deliveries(business_id, buyer_reference))
        keys = _keys(business_id, [row.id for row in rows if row.kind == "licence_key"])
    return Owned(business.name, business.mode, tuple(_goods(row, keys.get(row.id, [])) for row in rows))


def _deliveries(business_id: uuid.UUID, buyer_reference: str) -> Any:
    def same(one: Any, other: Any) -> Any:
        return one.business_id == other.business_id

    return (
        select(
            Delivery.__table__,
            OrderLine.title,
            OrderLine.quantity,
            Entitlement.starts_at,
            Entitlement.ends_at,
        )
        .join(Order, and_(same(Order, Delivery), Order.id == Delivery.order_id))
        .join(OrderLine, and_(same(OrderLine, Delivery), OrderLine.id == Delivery.line_id))
        .outerjoin(Entitlement, and_(same(Entitlement, Delivery), Entitlement.delivery_id == Delivery.id))
        .where(
            Delivery.business_id == business_id,
            Order.buyer_reference == buyer_reference,
            Delivery.status.in_(("pending", "delivered")),
        )
        .order_by(Delivery.id.desc())
        .limit(MOST)
    )


def _keys(business_id: uuid.UUID, delivery_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    found: dict[uuid.UUID, list[str]] = {}
    if delivery_ids:
        table = LicenceKey.__table__
        mine = (table.c.business_id == business_id, table.c.delivery_id.in_(delivery_ids))
        for row in db.rows(select(table).where(*mine, table.c.status == "delivered").order_by(table.c.id)):
            found.setdefault(row.delivery_id, []).append(crypto.unseal(row.sealed, context=key_context(row.id)))
    return found


def _goods(row: Row[Any], keys: list[str]) -> Goods:
    return Goods(
        title=row.title,
        order_id=row.order_id,
        quantity=row.quantity,
        status=row.status,
        delivered_at=row.delivered_at,
        starts_at=row.starts_at,
        until=row.ends_at,
        text=(row.answer or {}).get("text", ""),
        keys=keys,
    )
