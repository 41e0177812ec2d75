"""Forgetting what was kept only for a time."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from app.core import clock, db
from app.core.models import IdempotencyKey

KEEP = timedelta(hours=48)


def prune_keys() -> int:
    """Forget idempotency keys older than two days; how many."""
    with db.system_phase("prune.keys"):
        old = delete(IdempotencyKey).where(IdempotencyKey.created_at < clock.now() - KEEP)
        return db.run(old)
