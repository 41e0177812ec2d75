"""Reading holidays, in the caller's phase."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from app.core import db
from app.domain.settlement.terms.models import Holiday

holidays = db.table(Holiday)
LOOKED_BACK = timedelta(days=800)  # further than the longest hold reaches in working days


def holidays_until(day: date, calendar: str) -> frozenset[date]:
    """The holidays before this day: those of the calendar, and the business's own."""
    found = select(holidays.c.day).where(
        holidays.c.business_id == db.here(),
        holidays.c.calendar.in_({calendar, ""}),
        holidays.c.day.between(day - LOOKED_BACK, day),
    )
    return frozenset(row.day for row in db.rows(found))
