"""What a change of a running contract costs: pure functions over the period that is paid and the terms that follow.

Whoever changes now gives back the rest of the period that is paid and takes the rest of one by the new terms. Both are
counted by the second from the same moment, so that not one second is paid twice or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from app.core.money import Money
from app.domain.signing import calendar
from app.domain.signing.calendar import Anchor, Interval, Span


@dataclass(frozen=True, kw_only=True)
class PaidPeriod:
    """The period that runs: what it cost in money and credit, and how much of that was refunded since."""

    span: Span
    worth: Money
    refunded: Money


@dataclass(frozen=True, kw_only=True)
class Following:
    """The terms that follow: the calendar, in which the cycle that begins now has the anchor's number or a later one,
    the full price of one unit, and how many."""

    anchor: Anchor
    interval: Interval
    number: int
    unit: Money
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Proration:
    """What changing at a moment costs. `charge` is the new terms’ price of `span`; `credit` is what is given back of
    the old period; `used` is how much of that, and of the credit that was there, pays for the charge; `due` is the rest
    of the charge, and `left` the rest of the credit. `unit` is one unit’s part of the charge."""

    span: Span
    unit: Money
    charge: Money
    credit: Money
    used: Money
    due: Money
    left: Money


def credit_of(paid: PaidPeriod, moment: datetime) -> Money:
    """What is given back of the period from this moment to its end: never more than what was not refunded."""
    rest = calendar.share(paid.worth, Span(moment, paid.span.ends_at), paid.span)
    kept = max(paid.worth.minor - paid.refunded.minor, 0)
    return Money(min(rest.minor, kept), rest.currency)


def prorate(paid: PaidPeriod, following: Following, *, moment: datetime, balance: Money) -> Proration:
    """What it costs to change at this moment, within the period that is paid; `balance` is the contract’s credit."""
    assert paid.span.starts_at <= moment < paid.span.ends_at
    whole = calendar.period(following.anchor, following.interval, following.number)
    span = Span(max(whole.starts_at, moment), whole.ends_at)
    unit = following.unit if span == whole else calendar.share(following.unit, span, whole)
    charge, credit = Money(unit.minor * following.quantity, unit.currency), credit_of(paid, moment)
    used = min(charge.minor, credit.minor + balance.minor)
    found = Proration(
        span=span,
        unit=unit,
        charge=charge,
        credit=credit,
        used=Money(used, charge.currency),
        due=Money(charge.minor - used, charge.currency),
        left=Money(credit.minor + balance.minor - used, charge.currency),
    )
    assert found.due.minor + credit.minor + balance.minor == charge.minor + found.left.minor
    return found


def anchor_after(
    anchor: Anchor,
    *,
    old: Interval,
    new: Interval,
    moment: datetime,
    number: int,
    day: int | None,
) -> Anchor:
    """The calendar from the cycle of this number on, which begins at this moment: the old one where the interval is the
    same, a new one from this moment where it is another, and that of the `day` where one is asked for."""
    if day is not None:
        return replace(calendar.aligned(moment, anchor.zone, new, day), number=number)
    if new == old:
        present = calendar.period_at(anchor, old, moment)
        return replace(anchor, number=anchor.number + number - present)
    return Anchor(at=moment, zone=anchor.zone, number=number)
