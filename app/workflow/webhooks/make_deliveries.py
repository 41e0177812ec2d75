"""Each event that endpoints wanted when it happened becomes a delivery to each of them, once.

The event itself says who wanted it: nothing is lost when this comes late, and nothing changes when an endpoint wants
something else by then.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import ARRAY, Uuid, cast, func, select, update

from app.core import clock, db
from app.core.db.models import OutboxEvent
from app.domain.webhooks import service as webhooks

BATCH, BATCHES = 200, 5
events = db.table(OutboxEvent)


def make_deliveries(business_id: uuid.UUID) -> int:
    """Make what is to be made for the business, some batches of it, so that others have their turn; for how many
    events. Safe to run twice at once."""
    made = 0
    for _ in range(BATCHES):
        count = _make(business_id)
        if not count:
            break
        made += count
    return made


def _make(business_id: uuid.UUID) -> int:
    with db.phase("make_deliveries.make", business_id):
        unpublished = _unpublished()
        if unpublished:
            endpoint_ids = sorted({endpoint_id for event in unpublished for endpoint_id in event.listener_ids or ()})
            known = webhooks.lock_endpoints(endpoint_ids)
            webhooks.add_deliveries(
                [(event, known[each]) for event in unpublished for each in event.listener_ids or ()]
            )
            ids = [event.id for event in unpublished]
            conditions = events.c.business_id == business_id, events.c.id.in_(ids)
            db.run(update(OutboxEvent).where(*conditions).values(fanned_out_at=clock.actual()))
    return len(unpublished)


def _unpublished() -> Sequence[OutboxEvent]:
    """Some events nobody was told of, locked, and of each of their objects all: an older one must not come later. Who
    comes second waits for the first, and finds the rest."""
    conditions = events.c.business_id == db.here(), events.c.listener_ids.is_not(None), events.c.fanned_out_at.is_(None)
    first = db.rows(select(events.c.aggregate_id).where(*conditions).order_by(events.c.id).limit(BATCH))
    if not first:
        return []
    # A list of values, which is looked up by hash; as a sub-select, every event may be compared with every one of it.
    of_these = events.c.aggregate_id == func.any(cast([row.aggregate_id for row in first], ARRAY(Uuid)))
    columns = events.c.id, events.c.topic, events.c.aggregate_id, events.c.sequence, events.c.listener_ids
    found = select(*columns).where(*conditions, of_these).order_by(events.c.id).with_for_update(key_share=True)
    return db.rows(db.select_as(OutboxEvent, found))
