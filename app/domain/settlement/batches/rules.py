"""Pure decisions of settlement: when a partner's days end, what is due then, what is kept, and what is enough."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.core.errors import Invalid
from app.core.money import MAX_MINOR, exponent

ON_DEMAND, DAILY, WEEKLY, MONTHLY = "on_demand", "daily", "weekly", "monthly"
CYCLES = (ON_DEMAND, DAILY, WEEKLY, MONTHLY)
MAX_HOLD_DAYS = 180
MAX_RESERVE_BPS, MAX_RESERVE_DAYS = 5_000, 365
MIDNIGHT, SATURDAY, WHOLE_BPS = "00:00", 6, 10_000
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_CALENDAR = re.compile("[A-Z]{2}")


def next_cut_off(
    cycle: str, day: int | None, *, after: datetime, time_zone: str, at: str = MIDNIGHT
) -> datetime | None:
    """The first end of a cycle after this moment: `at` this time of the partner's clocks (HH:MM), of each day, of each
    weekday `day` (1 is Monday), or of each day `day` of a month (1 to 28). None on demand. A time that clocks skip is
    an hour later, one that they show twice is the first of both."""
    if cycle == ON_DEMAND:
        return None
    zone, local = ZoneInfo(time_zone), time.fromisoformat(at)
    on = after.astimezone(zone).date()
    while not _ends_cycle(cycle, day, on) or datetime.combine(on, local, tzinfo=zone) <= after.astimezone(UTC):
        on += timedelta(days=1)
    return datetime.combine(on, local, tzinfo=zone).astimezone(UTC)


def due_until(
    cut_off: datetime, hold_days: int, *, time_zone: str, working_days: bool = False, holidays: Collection[date] = ()
) -> datetime:
    """What was cleared by then is due at the cut-off: so many days before, by the partner's calendar and at the same
    time of its clocks, so that days of 23 and 25 hours are days. With `working_days`, Saturdays, Sundays and
    `holidays` are not counted."""
    if not hold_days:
        return cut_off
    zone = ZoneInfo(time_zone)
    there = cut_off.astimezone(zone)
    on, left = there.date(), hold_days
    while left:
        on -= timedelta(days=1)
        left -= not working_days or (on.isoweekday() < SATURDAY and on not in holidays)
    return datetime.combine(on, there.time(), tzinfo=zone).astimezone(UTC)


def in_days(moment: datetime, days: int, time_zone: str) -> datetime:
    """So many days later by the partner's calendar, at the same time of its clocks."""
    zone = ZoneInfo(time_zone)
    there = moment.astimezone(zone)
    return datetime.combine(there.date() + timedelta(days=days), there.time(), tzinfo=zone).astimezone(UTC)


def reserve_of(minor: int, bps: int) -> int:
    """What is kept as a reserve of this amount, in whole minor units, the rest in favour of the partner."""
    return max(minor, 0) * bps // WHOLE_BPS


def check_terms(
    *,
    cycle: str,
    day: int | None,
    hold_days: int,
    minimum: Mapping[str, int],
    working_days: bool = False,
    calendar: str = "",
    cut_off_time: str = MIDNIGHT,
    reserve_bps: int = 0,
    reserve_days: int = 0,
) -> None:
    """Whether a partner can be settled like this.

    Raises:
        Invalid: with the member in `param`.
    """
    if cycle not in CYCLES:
        raise _invalid("cycle", "Choose how often the partner is settled.")
    most = {WEEKLY: 7, MONTHLY: 28}.get(cycle)
    if (most is None) != (day is None) or (day is not None and most is not None and not 1 <= day <= most):
        text = "Choose a weekday from 1 to 7." if cycle == WEEKLY else "Choose a day from 1 to 28."
        raise _invalid("day", text if most else "Only weekly and monthly cycles have a day.")
    if not 0 <= hold_days <= MAX_HOLD_DAYS:
        raise _invalid("hold_days", f"Enter 0 to {MAX_HOLD_DAYS} days.")
    if not _TIME.fullmatch(cut_off_time):
        raise _invalid("cut_off_time", "Enter a time such as 17:30.")
    check_calendar(calendar)
    if calendar and not working_days:
        raise _invalid("calendar", "Only working days have holidays.")
    if not 0 <= reserve_bps <= MAX_RESERVE_BPS or not 0 <= reserve_days <= MAX_RESERVE_DAYS:
        raise _invalid("reserve_bps", f"Enter 0 to 50%, for 0 to {MAX_RESERVE_DAYS} days.")
    if (reserve_bps > 0) != (reserve_days > 0):
        raise _invalid("reserve_days", "A reserve has a percentage and a number of days.")
    for currency, minor in minimum.items():
        exponent(currency)
        if not 0 <= minor <= MAX_MINOR:
            raise _invalid("minimum", "Enter an amount from zero up.")


def check_calendar(calendar: str) -> None:
    """Whether holidays can be of this calendar: a country's code, or none.

    Raises:
        Invalid: it is neither.
    """
    if calendar and not _CALENDAR.fullmatch(calendar):
        raise _invalid("calendar", "Enter a country’s code of two letters, such as DE.")


def is_enough(total_minor: int, currency: str, minimum: Mapping[str, int]) -> bool:
    """Whether so much is settled: above zero, and at least the minimum. What is not stays for the next time."""
    return total_minor > 0 and total_minor >= minimum.get(currency, 0)


def _ends_cycle(cycle: str, day: int | None, on: date) -> bool:
    if cycle == WEEKLY:
        return on.isoweekday() == day
    return cycle == DAILY or on.day == day


def _invalid(param: str, text: str) -> Invalid:
    return Invalid("invalid_terms", text, details={"param": param})
