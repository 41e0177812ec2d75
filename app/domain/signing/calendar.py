"""When the periods of a contract begin and end: pure functions over an anchor, an interval and a time zone.

A period's beginning is always counted from the anchor, never from the period before: what began on 31 January goes on
on the last day of February and on 31 March. The anchor's time of day in its zone is kept through changes of the clock:
a time that a day does not have (02:30 when clocks go forward) is the same moment as if they had not; of a time that a
day has twice it is the first.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from app.core.money import Money

MAX_COUNTS = {"day": 366, "week": 52, "month": 24, "quarter": 8, "year": 5}
MAX_TRIAL_DAYS = 730


class Unit(StrEnum):
    """What an interval counts."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_DAYS = {Unit.DAY: 1, Unit.WEEK: 7}
_MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}


@dataclass(frozen=True)
class Interval:
    """So many of a unit, such as every 2 weeks."""

    unit: Unit
    count: int = 1


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """What a contract's calendar is counted from: the moment at which its period `number` begins. `day` is the day of
    the month that is meant where the anchor's own month is too short for it (31, anchored on 28 February)."""

    at: datetime
    zone: str
    number: int = 1
    day: int | None = None


@dataclass(frozen=True)
class Span:
    """From when until when; the end itself is outside. Both in UTC."""

    starts_at: datetime
    ends_at: datetime

    @property
    def seconds(self) -> int:
        """How long it is, to the full second and at least one."""
        return max(int((self.ends_at - self.starts_at) / timedelta(seconds=1)), 1)


def begins_at(anchor: Anchor, interval: Interval, number: int) -> datetime:
    """When the period of this number begins, in UTC; the anchor's own number at the anchor. Numbers before it count
    backwards."""
    steps = (number - anchor.number) * interval.count
    if not steps:
        return anchor.at
    local = anchor.at.astimezone(ZoneInfo(anchor.zone))
    day = _later(local.date(), interval.unit, steps, anchor.day or local.day)
    return _moment(day, local.time(), anchor.zone)


def period(anchor: Anchor, interval: Interval, number: int) -> Span:
    """The period of this number. Each ends when the next begins: no gap, no overlap."""
    return Span(begins_at(anchor, interval, number), begins_at(anchor, interval, number + 1))


def period_at(anchor: Anchor, interval: Interval, moment: datetime) -> int:
    """The number of the period in which the moment lies; the anchor's own for a moment before it."""
    number = max(anchor.number, anchor.number + _guess(anchor, interval, moment))
    while begins_at(anchor, interval, number + 1) <= moment:
        number += 1
    while number > anchor.number and begins_at(anchor, interval, number) > moment:
        number -= 1
    return number


def trial_ends_at(starts_at: datetime, zone: str, days: int) -> datetime:
    """When a trial of so many days ends: at the same time of day, so many days of the zone's calendar later."""
    local = starts_at.astimezone(ZoneInfo(zone))
    return _moment(local.date() + timedelta(days=days), local.time(), zone)


def aligned(starts_at: datetime, zone: str, interval: Interval, day: int) -> Anchor:
    """The anchor of a contract whose periods begin at midnight on this day of the month (of the week, 1 is Monday, for
    weeks): the last such moment that is not after `starts_at`. The first period begins before the contract does, and
    only its rest is paid for.

    A quarter's periods begin in January, April, July and October, a year's in January.
    """
    today = starts_at.astimezone(ZoneInfo(zone)).date()
    if interval.unit is Unit.DAY:
        first = today
    elif interval.unit is Unit.WEEK:
        first = today - timedelta(days=(today.isoweekday() - day) % 7)
    else:
        months = _MONTHS[interval.unit]
        first = _on_day(today.year, today.month - (today.month - 1) % months, day)
        if first > today:
            first = _later(first, Unit.MONTH, -months, day)
    at = _moment(first, time(), zone)
    return Anchor(at=at, zone=zone, day=day if interval.unit in _MONTHS else None)


def share(amount: Money, part: Span, whole: Span) -> Money:
    """The part of an amount that a part of its span costs, by the second, half a minor unit rounded up. What is left of
    the amount is `amount - share`: the two always make the whole."""
    exact = Fraction(amount.minor * _overlap_s(part, whole), whole.seconds)
    return Money(int(exact + Fraction(1, 2)), amount.currency)


def _overlap_s(part: Span, whole: Span) -> int:
    first, last = max(part.starts_at, whole.starts_at), min(part.ends_at, whole.ends_at)
    return max(int((last - first) / timedelta(seconds=1)), 0)


def _later(day: date, unit: Unit, steps: int, day_of_month: int) -> date:
    if unit in _DAYS:
        return day + timedelta(days=_DAYS[unit] * steps)
    return _on_day(day.year, day.month + _MONTHS[unit] * steps, day_of_month)


def _on_day(year: int, month: int, day: int) -> date:
    """The day of a month that may be counted beyond its year; the last one where the month is too short."""
    years, index = divmod(month - 1, 12)
    year, month = year + years, index + 1
    return date(year, month, min(day, monthrange(year, month)[1]))


def _moment(day: date, at: time, zone: str) -> datetime:
    local = datetime.combine(day, at.replace(tzinfo=None, fold=0), tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def _guess(anchor: Anchor, interval: Interval, moment: datetime) -> int:
    """So many periods have passed for sure, or one more than that."""
    days = (moment - anchor.at).days
    length = _DAYS.get(interval.unit) or 31 * _MONTHS[interval.unit]
    return max(days // (length * interval.count) - 1, 0)
