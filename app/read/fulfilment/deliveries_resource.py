"""Deliveries of an order."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db
from app.core.paging import After, newest_first
from app.domain.fulfilment.models import Delivery

DeliveryRow = Delivery  # for those who show one
deliveries = db.table(Delivery)


def list_deliveries(business_id: uuid.UUID, *, order_id: uuid.UUID, after: After, limit: int) -> list[Delivery]:
    """The order's deliveries, newest first; none when there is no such order."""
    statement = select(deliveries).where(deliveries.c.business_id == business_id, deliveries.c.order_id == order_id)
    with db.reading(business_id):
        return list(db.rows(newest_first(statement, deliveries, after, limit)))
