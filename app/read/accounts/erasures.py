"""Buyers who were erased."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from app.core import db
from app.domain.accounts.privacy.models import Erasure

SHOWN = 50


def latest(business_id: uuid.UUID) -> Sequence[Erasure]:
    """The newest first: pseudonym, reason, requested_by, rows, created_at, finished_at."""
    table = db.table(Erasure)
    with db.reading(business_id):
        query = select(table).where(table.c.business_id == business_id)
        return db.rows(query.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(SHOWN))
