"""Spans of days that people look at metrics for, each beside the one that it compares with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.core import clock
from app.core.i18n.marks import N_

PERIODS = {
    "today": N_("Today"),
    "7d": N_("7 days"),
    "30d": N_("30 days"),
    "month": N_("This month"),
    "quarter": N_("This quarter"),
}
MAX_DAYS = 366
_LONG = {"7d": 7, "30d": 30}


@dataclass(frozen=True)
class Period:
    """Days from `since` to `until`, both included, and those they compare with. `cut` is the moment of the other span
    that answers to the present one, when the period is still going on."""

    name: str
    since: date
    until: date
    before_since: date
    before_until: date
    cut: datetime | None
    time_zone: str

    @property
    def days(self) -> int:
        """How many."""
        return (self.until - self.since).days + 1

    @property
    def is_one_day(self) -> bool:
        """Shown by the hour."""
        return self.since == self.until


def period_of(name: str, time_zone: str, *, since: date | None = None, until: date | None = None) -> Period:
    """The period called so, as of now; with `since` and `until` (in either order) the days between, at most
    MAX_DAYS. A name that is none is "today"."""
    zone = ZoneInfo(time_zone)
    here = clock.now().astimezone(zone)
    today = here.date()
    if since is not None and until is not None:
        since, until = sorted((since, until))
        name, since = "own", max(since, until - timedelta(days=MAX_DAYS - 1))
    else:
        name = name if name in PERIODS else "today"
        since, until = _begin(name, today), today
    back = _back(name, since, until)
    before_until = min(until - back, since - timedelta(days=1))
    cut = None
    if until == today:
        cut = datetime.combine(today - back, here.time(), zone) if today - back == before_until else None
    return Period(name, since, until, since - back, before_until, cut, time_zone)


def between(since: date | None, until: date | None, time_zone: str) -> Period:
    """The days from `since` to `until`: to today when there is no end, thirty of them when there is no beginning."""
    until = _near(until or clock.now().astimezone(ZoneInfo(time_zone)).date())
    return period_of("own", time_zone, since=_near(since or until - timedelta(days=29)), until=until)


def _near(day: date) -> date:
    """The day, or the nearest that can be counted with."""
    return min(max(day, date(1990, 1, 1)), date(2200, 12, 31))


def _begin(name: str, today: date) -> date:
    if name == "month":
        return today.replace(day=1)
    if name == "quarter":
        return date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    return today - timedelta(days=_LONG.get(name, 1) - 1)


def _back(name: str, since: date, until: date) -> timedelta:
    """How far back the span lies that it compares with."""
    if name in ("month", "quarter"):
        last = since - timedelta(days=1)
        return since - (last.replace(day=1) if name == "month" else _begin("quarter", last))
    days = (until - since).days + 1
    # A day compares with the same day of the week before.
    return timedelta(days=7 if days == 1 else days)
