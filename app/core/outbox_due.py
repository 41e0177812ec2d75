"""What waits in the outbox: how much of whose, and the claim of some of it by one of several workers."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, bindparam, func, literal_column, or_, select, update

from app.core import clock, db
from app.core.db.models import OutboxEvent

BATCH = 100  # events that are claimed at once
# In the text itself: behind a parameter, a plan that is kept for all its values finds no index of pending ones.
_PENDING: ColumnElement[str] = literal_column("'pending'")


def by_business() -> dict[uuid.UUID, int]:
    """How many events of each business wait to be handled now. Called in a system reading."""
    due = select(OutboxEvent.business_id, func.count().label("due"))
    due = due.where(OutboxEvent.status == _PENDING, OutboxEvent.due_at <= clock.actual())
    return {row.business_id: row.due for row in db.rows(due.group_by(OutboxEvent.business_id).limit(1000))}


_COLUMNS = (
    OutboxEvent.id,
    OutboxEvent.business_id,
    OutboxEvent.topic,
    OutboxEvent.aggregate_id,
    OutboxEvent.sequence,
    OutboxEvent.payload,
    OutboxEvent.request_id,
)
_DUE = (
    select(OutboxEvent.id, OutboxEvent.aggregate_id, OutboxEvent.sequence)
    .where(
        OutboxEvent.business_id == db.HERE,
        OutboxEvent.status == _PENDING,
        OutboxEvent.due_at <= bindparam("moment"),
    )
    .order_by(OutboxEvent.due_at, OutboxEvent.id)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
    .cte("due")
)
_older = OutboxEvent.__table__.alias("older")
# Somebody else has an older event of the object, or is about to claim it. One that failed holds up nobody: it may take
# hours.
_IS_NEXT = ~(
    select(_older.c.id)
    .where(
        _older.c.business_id == db.HERE,
        _older.c.aggregate_id == _DUE.c.aggregate_id,
        _older.c.sequence < _DUE.c.sequence,
        _older.c.status.not_in(("done", "dead")),  # pending, said so that the index of all that are is not taken
        or_(_older.c.error.is_(None), _older.c.due_at <= bindparam("moment")),
        _older.c.id.not_in(select(_DUE.c.id)),
    )
    .correlate(_DUE)
    .offset(literal_column("0"))  # so that each is looked for by its object's key
    .exists()
)
# Up to BATCH events of the business that are due at `moment` and come next of their objects, claimed until `later`.
CLAIM = db.prepared(
    update(OutboxEvent)
    .where(OutboxEvent.business_id == db.HERE, OutboxEvent.id == _DUE.c.id, _IS_NEXT)
    .values(due_at=bindparam("later"), attempts=OutboxEvent.attempts + 1)
    .returning(*_COLUMNS, OutboxEvent.attempts, OutboxEvent.error)
)
