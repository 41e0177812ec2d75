"""Deliveries of an order: made once per line, handed over, taken back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from app.core import clock, db, states
from app.core.ids import new_id
from app.domain.fulfilment.kinds import Goods
from app.domain.fulfilment.kinds.registry import KINDS
from app.domain.fulfilment.models import Delivery
from app.domain.fulfilment.states import DELIVERY

deliveries = Delivery.__table__


def begin(order_id: uuid.UUID, line_id: uuid.UUID, *, kind: str) -> uuid.UUID:
    """A pending delivery for the line, in the caller's phase; its id."""
    delivery_id = new_id()
    db.add(Delivery, id=delivery_id, order_id=order_id, line_id=line_id, kind=kind)
    states.born(DELIVERY, delivery_id, reason="order paid", actor="system")
    return delivery_id


def hand_over(delivery_id: uuid.UUID, goods: Goods, *, order_id: uuid.UUID, kind: str) -> None:
    """Deliver what `begin` made, in the same phase."""
    KINDS[kind].deliver(goods, clock.now())
    states.advance(
        DELIVERY,
        states.Stand(delivery_id, DELIVERY.initial, 1),
        "delivered",
        reason="handed over",
        actor="system",
        aggregate_id=order_id,
        payload={"order_id": str(order_id)},
        tries=1,
        delivered_at=clock.now(),
    )


def revoke_all(order_id: uuid.UUID, *, reason: str) -> None:
    """Take back everything the order delivered."""
    for delivery in of_order(order_id):
        if delivery.status in ("delivered", "pending"):
            KINDS[delivery.kind].revoke(delivery.id, reason=reason)
            states.advance(
                DELIVERY,
                delivery,
                "revoked",
                reason=reason,
                actor="system",
                aggregate_id=order_id,
                payload={"order_id": str(order_id)},
            )


def of_order(order_id: uuid.UUID) -> Sequence[Row[Any]]:
    """The order's deliveries, oldest first."""
    return db.rows(
        select(deliveries)
        .where(deliveries.c.business_id == db.here(), deliveries.c.order_id == order_id)
        .order_by(deliveries.c.id)
    )
