"""Forgetting what grows too fast to wait for a business's daily turn, and what is kept for a time that nobody chooses;
what else businesses choose is prune_personal's."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select

from app.core import clock, db
from app.core.db import pruning
from app.core.db.models import IdempotencyKey
from app.domain.accounts.business.models import Business
from app.domain.accounts.privacy import kinds
from app.domain.payments.day_totals import ChannelDayTotal
from app.domain.payments.refused import RefusedNoticeCount

RETENTION_OF_COUNTS = timedelta(days=30)


def prune_keys() -> int:
    """Forget idempotency keys that each business has kept as long as it wishes; how many."""
    moment, usual = clock.actual(), kinds.days({}, "answers")
    with db.system_reading():
        query = select(Business.id, Business.keep_answers_days).where(Business.keep_answers_days != usual)
        chosen = {row.id: {"answers": row.keep_answers_days} for row in db.rows(query)}

    def before(business_id: uuid.UUID) -> datetime:
        return moment - timedelta(days=kinds.days(chosen.get(business_id, {}), "answers"))

    return pruning.remove_older("prune.keys", IdempotencyKey, before)


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
