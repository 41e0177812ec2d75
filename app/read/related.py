"""What hangs on something that is shown, such as an order or a movement of money."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from app.core import db
from app.core.db.models import StateChange

MAX_ROWS = 500  # of anything that hangs on one order; beyond that a page would help nobody


def changes_of(business_id: uuid.UUID, subjects: Sequence[uuid.UUID]) -> tuple[StateChange, ...]:
    """The history of these rows, oldest first; in the open reading."""
    table = db.table(StateChange)
    query = select(table).where(table.c.business_id == business_id, table.c.row_id.in_(subjects))
    return tuple(db.rows(query.order_by(table.c.created_at, table.c.id).limit(MAX_ROWS)))
