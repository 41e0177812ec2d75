"""Notices that a channel account refused lately."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.core import clock, db
from app.domain.payments.refused import RefusedNotice, RefusedNoticeCount

LATELY = timedelta(hours=24)
SHOWN = 5


class NoticeHead(db.JoinedRow):
    """A refused notice without what was kept of its body."""

    created_at: datetime
    reason: str
    address: str
    body_bytes: int


@dataclass(frozen=True)
class Refused:
    """`number` in the last day and the begun hour; `latest` are the last ones of which something was kept."""

    number: int
    latest: tuple[NoticeHead, ...]


def lately(business_id: uuid.UUID, account_id: uuid.UUID) -> Refused:
    """How many there were, and the last of them."""
    counts, kept = db.table(RefusedNoticeCount).c, db.table(RefusedNotice).c
    number = select(func.coalesce(func.sum(counts.number), 0)).where(
        counts.business_id == business_id,
        counts.channel_account_id == account_id,
        counts.hour > clock.actual() - LATELY,
    )
    latest = (
        select(kept.created_at, kept.reason, kept.address, kept.body_bytes)
        .where(kept.business_id == business_id, kept.channel_account_id == account_id)
        .order_by(kept.created_at.desc())
        .limit(SHOWN)
    )
    with db.reading(business_id):
        return Refused(int(db.scalar(number)), tuple(db.rows(db.select_as(NoticeHead, latest))))
