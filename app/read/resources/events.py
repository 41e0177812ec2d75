"""What happened, in the order it happened."""

from __future__ import annotations

import time
import uuid
from typing import Any

from sqlalchemy import Row, Table, select

from app.core import db
from app.core.models import OutboxEvent

events: Table = OutboxEvent.__table__  # type: ignore[assignment]

# An event's id is made a moment before its transaction commits, so a younger one may be seen first. Whoever follows
# the list would miss the older one; so an event is shown only when nothing older can still appear.
SETTLED_S = 2


def list_events(business_id: uuid.UUID, *, after: uuid.UUID | None, topic: str | None, limit: int) -> list[Row[Any]]:
    """Settled events behind `after`, oldest first, one more than `limit`."""
    statement = select(events).where(events.c.business_id == business_id, events.c.id < _horizon())
    if after is not None:
        statement = statement.where(events.c.id > after)
    if topic is not None:
        statement = statement.where(events.c.topic == topic)
    with db.reading(business_id):
        return list(db.rows(statement.order_by(events.c.id).limit(limit + 1)))


def _horizon() -> uuid.UUID:
    milliseconds = time.time_ns() // 1_000_000 - SETTLED_S * 1000
    return uuid.UUID(int=milliseconds << 80)
