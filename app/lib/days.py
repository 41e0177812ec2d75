"""Days as people write them, turned into moments in a time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


def day_of(text: str) -> date | None:
    """The day written as 2026-05-31; None for anything else."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2200 else None


def midnight(day: date | None, time_zone: str, *, days: int = 0) -> datetime | None:
    """When the day begins there, or the one so many days later."""
    if day is None:
        return None
    there = day + timedelta(days=days)
    return datetime(there.year, there.month, there.day, tzinfo=ZoneInfo(time_zone))
