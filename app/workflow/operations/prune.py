"""Forgetting what is kept only for a time that nobody chooses; what businesses choose is prune_personal's."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select, tuple_

from app.core import clock, db
from app.core.db.models import IdempotencyKey
from app.domain.accounts.privacy import kinds
from app.domain.payments.refused import RefusedNoticeCount

BATCH = 1000
RETENTION = timedelta(days=kinds.days({}, "answers"))
RETENTION_OF_COUNTS = timedelta(days=30)


def prune_keys() -> int:
    """Forget idempotency keys older than two days; how many."""
    with db.system_phase("prune.keys"):
        old = delete(IdempotencyKey).where(IdempotencyKey.created_at < clock.now() - RETENTION)
        return db.run(old)


def prune_refused_counts() -> int:
    """Forget how many notices were refused in which hour, after a month; how many rows."""
    counts, before, forgotten = db.table(RefusedNoticeCount), clock.now() - RETENTION_OF_COUNTS, 0
    while True:
        with db.system_phase("prune.refused_counts"):
            old = select(counts.c.business_id, counts.c.id).where(counts.c.hour < before).limit(BATCH)
            key = tuple_(counts.c.business_id, counts.c.id)
            done = db.run(delete(RefusedNoticeCount).where(key.in_(old)))
        forgotten += done
        if done < BATCH:
            return forgotten
