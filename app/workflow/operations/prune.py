"""Forgetting what is kept only for a time that nobody chooses; what businesses choose is prune_personal's."""

from __future__ import annotations

from datetime import timedelta

from app.core import clock
from app.core.db import pruning
from app.core.db.models import IdempotencyKey
from app.domain.accounts.privacy import kinds
from app.domain.payments.day_totals import ChannelDayTotal
from app.domain.payments.refused import RefusedNoticeCount

RETENTION = timedelta(days=kinds.days({}, "answers"))
RETENTION_OF_COUNTS = timedelta(days=30)


def prune_keys() -> int:
    """Forget idempotency keys older than two days; how many."""
    return pruning.remove_older("prune.keys", IdempotencyKey, clock.actual() - RETENTION)


def prune_refused_counts() -> int:
    """Forget how many notices were refused in which hour, after a month; how many rows."""
    hour = RefusedNoticeCount.__table__.c.hour
    before = clock.actual() - RETENTION_OF_COUNTS
    return pruning.remove_oldest("prune.refused_counts", RefusedNoticeCount, hour < before, by=hour)


def prune_day_totals() -> int:
    """Forget what channel accounts took on a day, after a month; how many counters."""
    day = ChannelDayTotal.__table__.c.day
    before = (clock.actual() - RETENTION_OF_COUNTS).date()
    return pruning.remove_oldest("prune.day_totals", ChannelDayTotal, day < before, by=day)
