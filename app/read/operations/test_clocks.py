"""The test clock of a business."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.core import clock, db
from app.core.errors import NotFound
from app.domain.accounts.clocks.models import TestClock
from app.domain.accounts.clocks.states import ClockStatus

clocks = db.table(TestClock)


@dataclass(frozen=True)
class ClockNow:
    """A test clock, and the time of its business at the moment of reading; `target_at` is where it advances to, `error`
    why it stopped on the way."""

    id: uuid.UUID
    created_at: datetime
    status: str
    now: datetime
    target_at: datetime | None
    error: str
    was_advanced: bool

    @property
    def is_advancing(self) -> bool:
        """Whether it is on its way."""
        return self.status == ClockStatus.ADVANCING


def find(business_id: uuid.UUID) -> ClockNow | None:
    """The business's test clock; None without one."""
    with db.reading(business_id):
        row = db.first(select(clocks).where(clocks.c.business_id == business_id))
    if row is None:
        return None
    now = clock.actual() + timedelta(milliseconds=row.ahead_ms)
    return ClockNow(row.id, row.created_at, row.status, now, row.target_at, row.error, row.ahead_ms > 0)


def of_business(business_id: uuid.UUID) -> ClockNow:
    """The business's test clock.

    Raises:
        NotFound: it has none.
    """
    found = find(business_id)
    if found is None:
        raise NotFound("not_found", "This business has no test clock.")
    return found


def get(business_id: uuid.UUID, clock_id: uuid.UUID) -> ClockNow:
    """This test clock.

    Raises:
        NotFound: the business has none, or not this one.
    """
    found = find(business_id)
    if found is None or found.id != clock_id:
        raise NotFound("not_found", "There is no such test clock.")
    return found
