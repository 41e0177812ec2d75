"""What happened, in the order it happened."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db, outbox
from app.core.db.models import OutboxEvent

EventRow = OutboxEvent  # for those who show one
events = db.table(OutboxEvent)

# How far the clocks of this installation's machines may be apart.
CLOCKS_APART_MS = 1000


def list_events(business_id: uuid.UUID, *, after: uuid.UUID | None, topic: str | None, limit: int) -> list[OutboxEvent]:
    """Settled events behind `after`, oldest first, one more than `limit`.

    An event's id is made before its transaction commits, so a younger one may be seen first. Whoever follows the list
    would miss the older one; so an event is shown only when no transaction from before it is still in progress.
    """
    with db.reading(business_id):
        horizon = uuid.UUID(int=(db.oldest_write_ms() - CLOCKS_APART_MS) << 80)
        statement = select(events).where(events.c.business_id == business_id, events.c.id < horizon)
        if after is not None:
            statement = statement.where(events.c.id > after)
        if topic is not None:
            statement = statement.where(events.c.topic == topic)
        statement = statement.where(events.c.topic.not_in(outbox.internal_topics))
        return list(db.rows(statement.order_by(events.c.id).limit(limit + 1)))
