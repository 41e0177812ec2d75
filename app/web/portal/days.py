"""Days in a list's address: read from text, and turned into moments in the business's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
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


def moment_of(typed: datetime | None, time_zone: str) -> datetime | None:
    """The moment that was typed as it is said in this time zone."""
    return typed.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC) if typed is not None else None
