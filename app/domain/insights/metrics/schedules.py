"""When a scheduled report is due, and which days it is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EVERY = {"day": "Every morning", "week": "Every Monday", "month": "On the first of each month"}
AT = time(7)  # by the business's clock


def next_at(every: str, after: datetime, time_zone: str) -> datetime:
    """The next moment behind `after` at which it is due."""
    zone = ZoneInfo(time_zone)
    day = after.astimezone(zone).date()
    while True:
        if _is_due(every, day):
            moment = datetime.combine(day, AT, zone).astimezone(UTC)
            if moment > after:
                return moment
        day += timedelta(days=1)


def span(every: str, day: date) -> tuple[date, date]:
    """The days that a report of this day is about: yesterday, the week or the month before."""
    last = day - timedelta(days=1)
    if every == "month":
        return last.replace(day=1), last
    return (last - timedelta(days=6) if every == "week" else last), last


def _is_due(every: str, day: date) -> bool:
    return every == "day" or (every == "week" and day.weekday() == 0) or (every == "month" and day.day == 1)
