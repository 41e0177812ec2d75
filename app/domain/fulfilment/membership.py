"""When a buyer is a member of a product, and at which level: one pure function over all that was bought and refunded.

Times of one level follow each other. A higher level runs first: buying one while a lower runs is an *upgrade*, and the
rule of what was bought says what becomes of the lower level's time:

- `keep`: it waits, and goes on when the higher level ends;
- `convert`: it becomes time of the higher level, by what each cost per second, and runs after what was bought;
- `replace`: it is given up.

Buying a lower level while a higher runs is a *downgrade*: it begins when the higher one ends. A refund ends what is
left of the purchase, and undoes what it did to others: waiting time moves up, converted time is of its old level again,
and what was given up comes back. What has passed never changes.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil

UPGRADES = ("keep", "convert", "replace")
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Bought:
    """One purchase of time. `worth_minor` is what all of it costs by the list; `revoked_at` when it was refunded.
    `shortened_us` was taken from its end by hand, in microseconds of its own level."""

    id: uuid.UUID
    at: datetime
    seconds: int
    rank: int = 0
    level: str = ""
    upgrade: str = "keep"
    worth_minor: int = 0
    currency: str = ""
    revoked_at: datetime | None = None
    shortened_us: int = 0

    @property
    def given_us(self) -> int:
        """What there was of it when it began, in microseconds of its own level."""
        return self.seconds * 1_000_000 - self.shortened_us


@dataclass(frozen=True)
class Period:
    """From when until when the buyer is at a level, by which purchase; the end itself is outside."""

    bought: uuid.UUID
    level: str
    rank: int
    starts_at: datetime
    ends_at: datetime


def timeline(purchases: Sequence[Bought]) -> tuple[Period, ...]:
    """Every period there was, is and will be, as far as is known now; in order of time, none meeting another.
    `purchases` are those of one buyer and product, in the order in which they were bought."""
    if not purchases:
        return ()
    run = _run_of(purchases)
    run.until(None)
    return run.periods()


@dataclass(frozen=True)
class Left:
    """What is left of one purchase at a moment: when it would run first and last (None: it was given up for a higher
    level, and would run only if that is refunded), and how much of its own time that is, in microseconds."""

    bought: Bought
    left_us: int
    starts_at: datetime | None
    ends_at: datetime | None


def left_of(purchases: Sequence[Bought], moment: datetime) -> tuple[Left, ...]:
    """What is left at `moment`, not before the last purchase or refund: in the order in which it will run, what was
    given up last. Nothing at all is left of a purchase that is not named."""
    if not purchases:
        return ()
    run = _run_of(purchases)
    run.until(max(run.now, run.at(moment)))
    return run.left()


def shortened(purchases: Sequence[Bought], moment: datetime, ends_at: datetime) -> dict[uuid.UUID, int]:
    """How much has to be taken from which purchases for the last of them to end at `ends_at`, which is `moment` or
    later; in microseconds of their own level, to be added to `shortened_us`. The last to run loses first. Ending at
    `moment` takes what was given up as well."""
    found: dict[uuid.UUID, int] = {}
    for left in left_of(purchases, moment):
        if left.starts_at is None or left.ends_at is None:
            if ends_at <= moment:
                found[left.bought.id] = left.left_us
        elif left.ends_at > ends_at:
            whole = Fraction((left.ends_at - left.starts_at) // _MICROSECOND) or Fraction(1)
            kept = max(Fraction((ends_at - left.starts_at) // _MICROSECOND), Fraction(0))
            found[left.bought.id] = min(left.left_us, ceil(left.left_us * (1 - kept / whole)))
    return {bought: taken for bought, taken in found.items() if taken}


@dataclass(frozen=True)
class Standing:
    """What somebody is at a moment: the level, since when without a break, until when in all, and when the level
    changes or it ends (None: it has ended)."""

    level: str
    rank: int
    since: datetime
    ends_at: datetime
    changes_at: datetime | None


def standing(periods: Sequence[Period], moment: datetime) -> Standing | None:
    """What these periods make somebody at `moment`; once all have passed, what the last was. None without any."""
    if not periods:
        return None
    number = next((at for at, each in enumerate(periods) if each.ends_at > moment), len(periods) - 1)
    first, last, current = number, number, periods[number]
    while first and periods[first - 1].ends_at == periods[first].starts_at:
        first -= 1
    while last + 1 < len(periods) and periods[last + 1].level == current.level:
        last += 1
    is_over = periods[-1].ends_at <= moment
    return Standing(
        current.level,
        current.rank,
        periods[first].starts_at,
        periods[-1].ends_at,
        None if is_over else periods[last].ends_at,
    )


def _run_of(purchases: Sequence[Bought]) -> _Run:
    """The line as it is right after the last purchase or refund."""
    steps: list[tuple[datetime, int, Bought, bool]] = []
    for number, bought in enumerate(purchases):
        steps.append((bought.at, number, bought, False))
        if bought.revoked_at is not None:
            steps.append((max(bought.revoked_at, bought.at), number, bought, True))
    steps.sort(key=lambda step: (step[0], step[3], step[1]))
    run = _Run(steps[0][0])
    for moment, number, bought, is_refund in steps:
        run.until(run.at(moment))
        if is_refund:
            run.refund(bought.id)
        else:
            run.buy(bought, number)
    return run


@dataclass
class _Stretch:
    """Time that is left of one purchase, in its own microseconds. The last of `raised` is what it is at present: (by
    which purchase, its number, the level, its rank, that level's microseconds for one of its own)."""

    bought: Bought
    number: int
    left: Fraction
    raised: list[tuple[uuid.UUID, int, str, int, Fraction]] = field(default_factory=list)
    forfeited_for: set[uuid.UUID] = field(default_factory=set)

    @property
    def level(self) -> str:
        return self.raised[-1][2] if self.raised else self.bought.level

    @property
    def rank(self) -> int:
        return self.raised[-1][3] if self.raised else self.bought.rank

    @property
    def rate(self) -> Fraction:
        return self.raised[-1][4] if self.raised else Fraction(1)

    @property
    def turn(self) -> tuple[int, int, int, int]:
        """The highest rank first, then as bought; converted time after the purchase that converted it."""
        if self.raised:
            return (-self.rank, self.raised[-1][1], 1, self.number)
        return (-self.rank, self.number, 0, 0)


class _Run:
    """The line of what is left, moved through time."""

    def __init__(self, origin: datetime) -> None:
        self.origin = origin
        self.now = Fraction(0)
        self.line: list[_Stretch] = []
        self.passed: list[tuple[_Stretch, str, int, Fraction, Fraction]] = []

    def until(self, moment: Fraction | None) -> None:
        """Let time pass until the moment, or (None) until nothing is left."""
        while waiting := sorted((each for each in self.line if not each.forfeited_for), key=lambda each: each.turn):
            first = waiting[0]
            end = self.now + first.left * first.rate
            if moment is not None and end > moment:
                break
            self._pass(first, end)
            self.line.remove(first)
        if moment is not None:
            if waiting:
                self._pass(waiting[0], moment)
            self.now = moment

    def buy(self, bought: Bought, number: int) -> None:
        """A purchase joins the line, and does to lower levels what it says."""
        for lower in (each for each in self.line if each.rank < bought.rank):
            if bought.upgrade == "replace":
                lower.forfeited_for.add(bought.id)
            elif bought.upgrade == "convert":
                rate = _rate(lower.bought, bought)
                if rate is not None and not lower.forfeited_for:
                    lower.raised.append((bought.id, number, bought.level, bought.rank, rate))
        self.line.append(_Stretch(bought, number, Fraction(bought.given_us)))

    def refund(self, bought: uuid.UUID) -> None:
        """A purchase leaves the line, and what it did to others is undone."""
        self.line = [each for each in self.line if each.bought.id != bought]
        for each in self.line:
            each.raised = [step for step in each.raised if step[0] != bought]
            each.forfeited_for.discard(bought)

    def at(self, moment: datetime) -> Fraction:
        """A moment as this line counts."""
        return Fraction((moment - self.origin) // _MICROSECOND)

    def left(self) -> tuple[Left, ...]:
        """What is left of each purchase, in the order in which it will run; what was given up last."""
        found, start = [], self.now
        for each in sorted(self.line, key=lambda each: (bool(each.forfeited_for), each.turn)):
            left_us = ceil(each.left)
            if each.forfeited_for:
                found.append(Left(each.bought, left_us, None, None))
                continue
            end = start + each.left * each.rate
            found.append(Left(each.bought, left_us, self._moment(start), self._moment(end)))
            start = end
        return tuple(each for each in found if each.left_us)

    def periods(self) -> tuple[Period, ...]:
        """What has passed, one period for what follows itself."""
        found: list[Period] = []
        for stretch, level, rank, start, end in self.passed:
            starts_at, ends_at = self._moment(start), self._moment(end)
            if starts_at == ends_at:
                continue
            last = found[-1] if found else None
            same = (stretch.bought.id, level, rank, starts_at)
            if last is not None and (last.bought, last.level, last.rank, last.ends_at) == same:
                found[-1] = Period(last.bought, level, rank, last.starts_at, ends_at)
            else:
                found.append(Period(stretch.bought.id, level, rank, starts_at, ends_at))
        return tuple(found)

    def _pass(self, stretch: _Stretch, end: Fraction) -> None:
        self.passed.append((stretch, stretch.level, stretch.rank, self.now, end))
        stretch.left -= (end - self.now) / stretch.rate
        self.now = end

    def _moment(self, at: Fraction) -> datetime:
        return self.origin + _MICROSECOND * int(at)


def _rate(lower: Bought, higher: Bought) -> Fraction | None:
    """Time of the higher level that one of the lower is worth; None when the two cannot be compared."""
    if lower.currency != higher.currency or not lower.worth_minor or not higher.worth_minor:
        return None
    return Fraction(lower.worth_minor, lower.seconds) / Fraction(higher.worth_minor, higher.seconds)
