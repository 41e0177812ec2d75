"""Holidays: one, and the list."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from app.core import db
from app.core.paging import After, newest_first
from app.domain.settlement.terms.models import Holiday

HolidayRow = Holiday
PAGE = 100
holidays = db.table(Holiday)


def get_holiday(business_id: uuid.UUID, holiday_id: uuid.UUID) -> Holiday:
    """One holiday.

    Raises:
        NotFound: the business has no such holiday.
    """
    with db.reading(business_id):
        return db.get(Holiday, holiday_id)


def list_holidays(
    business_id: uuid.UUID, *, calendar: str | None = None, after: After, limit: int = PAGE
) -> Sequence[Holiday]:
    """Holidays, those that were added last first, one more than `limit`."""
    query = select(holidays).where(holidays.c.business_id == business_id)
    query = query if calendar is None else query.where(holidays.c.calendar == calendar)
    with db.reading(business_id):
        return db.rows(newest_first(query, holidays, after, limit))
