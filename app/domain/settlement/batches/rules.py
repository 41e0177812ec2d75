"""Pure decisions of settlement: when a partner's days end, and what is enough to be paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.core.errors import Invalid
from app.core.money import MAX_MINOR, exponent

ON_DEMAND, DAILY, WEEKLY, MONTHLY = "on_demand", "daily", "weekly", "monthly"
CYCLES = (ON_DEMAND, DAILY, WEEKLY, MONTHLY)
MAX_HOLD_DAYS = 180


def next_cut_off(cycle: str, day: int | None, *, after: datetime, time_zone: str) -> datetime | None:
    """The first end of a cycle after this moment: a midnight in the partner's zone, of each day, of each weekday `day`
    (1 is Monday), or of each day `day` of a month (1 to 28). None on demand."""
    if cycle == ON_DEMAND:
        return None
    zone = ZoneInfo(time_zone)
    on = after.astimezone(zone).date() + timedelta(days=1)
    while not _ends_cycle(cycle, day, on):
        on += timedelta(days=1)
    return datetime.combine(on, time(0), tzinfo=zone)


def check_terms(*, cycle: str, day: int | None, hold_days: int, minimum: Mapping[str, int]) -> None:
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
    for currency, minor in minimum.items():
        exponent(currency)
        if not 0 <= minor <= MAX_MINOR:
            raise _invalid("minimum", "Enter an amount from zero up.")


def is_enough(total_minor: int, currency: str, minimum: Mapping[str, int]) -> bool:
    """Whether so much is settled: above zero, and at least the minimum. What is not stays for the next time."""
    return total_minor > 0 and total_minor >= minimum.get(currency, 0)


def _ends_cycle(cycle: str, day: int | None, on: date) -> bool:
    if cycle == WEEKLY:
        return on.isoweekday() == day
    return cycle == DAILY or on.day == day


def _invalid(param: str, text: str) -> Invalid:
    return Invalid("invalid_terms", text, details={"param": param})
