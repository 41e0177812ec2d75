"""Days in a list's address: read from text, and turned into moments in the business's time zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.lib.days import day_of as day_of
from app.lib.days import midnight as midnight


def typed_in(moment: datetime | None, time_zone: str) -> datetime | None:
    """A moment as it would be typed in this time zone; the other way round."""
    return moment.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None) if moment is not None else None


def moment_of(typed: datetime | None, time_zone: str) -> datetime | None:
    """The moment that was typed as it is said in this time zone."""
    return typed.replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC) if typed is not None else None
