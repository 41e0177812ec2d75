"""Levels of membership: hand-worked tables for every rule, and what holds whatever was bought."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.fulfilment.membership import UPGRADES, Bought, Period, timeline

DAY_S = 86_400
START = datetime(2026, 3, 1, tzinfo=UTC)
# name: (rank, minor units for 30 days)
LEVELS = {"silver": (1, 1000), "gold": (2, 2000), "black": (3, 4000)}


def _day(number: float) -> datetime:
    return START + timedelta(days=number)


def _number(moment: datetime) -> float:
    return (moment - START) / timedelta(days=1)


def buy(
    level: str, day: float, days: int = 30, upgrade: str = "keep", refunded: float | None = None, currency: str = "USD"
) -> Bought:
    rank, worth = LEVELS[level]
    return Bought(
        id=uuid.uuid4(),
        at=_day(day),
        seconds=days * DAY_S,
        rank=rank,
        level=level,
        upgrade=upgrade,
        worth_minor=worth * days // 30,
        currency=currency,
        revoked_at=None if refunded is None else _day(refunded),
    )


def days(purchases: Sequence[Bought]) -> list[tuple[str, float, float]]:
    """(level, first day, last day)."""
    return [(each.level, _number(each.starts_at), _number(each.ends_at)) for each in timeline(purchases)]


TABLE: dict[str, tuple[list[Bought], list[tuple[str, float, float]]]] = {
    "times of one level follow each other": (
        [buy("silver", 0), buy("silver", 5)],
        [("silver", 0, 30), ("silver", 30, 60)],
    ),
    "after a gap time begins at once": (
        [buy("silver", 0), buy("silver", 45)],
        [("silver", 0, 30), ("silver", 45, 75)],
    ),
    "keep: the lower level waits and goes on": (
        [buy("silver", 0), buy("gold", 10)],
        [("silver", 0, 10), ("gold", 10, 40), ("silver", 40, 60)],
    ),
    # 20 days left at half the price a day are 10 days.
    "convert: what is left is worth half": (
        [buy("silver", 0), buy("gold", 10, upgrade="convert")],
        [("silver", 0, 10), ("gold", 10, 40), ("gold", 40, 50)],
    ),
    "replace: what is left is given up": (
        [buy("silver", 0), buy("gold", 10, upgrade="replace")],
        [("silver", 0, 10), ("gold", 10, 40)],
    ),
    "a downgrade begins when the higher level ends": (
        [buy("gold", 0), buy("silver", 10)],
        [("gold", 0, 30), ("silver", 30, 60)],
    ),
    "an upgrade goes before the lower ones that wait": (
        [buy("gold", 0), buy("silver", 5), buy("gold", 10)],
        [("gold", 0, 30), ("gold", 30, 60), ("silver", 60, 90)],
    ),
    "converted time runs after all that was bought of its level": (
        [buy("silver", 0), buy("gold", 10, upgrade="convert"), buy("gold", 20)],
        [("silver", 0, 10), ("gold", 10, 40), ("gold", 40, 50), ("gold", 50, 80)],
    ),
    "what cannot be compared is kept": (
        [buy("silver", 0, currency="EUR"), buy("gold", 10, upgrade="convert")],
        [("silver", 0, 10), ("gold", 10, 40), ("silver", 40, 60)],
    ),
    "a refund of the first moves the next up": (
        [buy("silver", 0, refunded=10), buy("silver", 5)],
        [("silver", 0, 10), ("silver", 10, 40)],
    ),
    "a refund in the middle closes the gap": (
        [buy("silver", 0), buy("silver", 1, refunded=10), buy("silver", 2)],
        [("silver", 0, 30), ("silver", 30, 60)],
    ),
    "a refunded upgrade gives way at once": (
        [buy("silver", 0), buy("gold", 10, refunded=15)],
        [("silver", 0, 10), ("gold", 10, 15), ("silver", 15, 35)],
    ),
    "refunded before any of it ran, converted time is what it was": (
        [buy("silver", 0), buy("gold", 10, upgrade="convert", refunded=15)],
        [("silver", 0, 10), ("gold", 10, 15), ("silver", 15, 35)],
    ),
    # 5 of the 10 converted days had run; the other 5 are 10 of the old ones again.
    "refunded later, the rest of it is": (
        [buy("silver", 0), buy("gold", 10, upgrade="convert", refunded=45)],
        [("silver", 0, 10), ("gold", 10, 40), ("gold", 40, 45), ("silver", 45, 55)],
    ),
    "what was given up comes back": (
        [buy("silver", 0), buy("gold", 10, upgrade="replace", refunded=15)],
        [("silver", 0, 10), ("gold", 10, 15), ("silver", 15, 35)],
    ),
    "given up for two, it comes back after both": (
        [
            buy("silver", 0),
            buy("gold", 10, upgrade="replace", refunded=13),
            buy("black", 11, upgrade="replace", refunded=14),
        ],
        [("silver", 0, 10), ("gold", 10, 11), ("black", 11, 14), ("silver", 14, 34)],
    ),
    "given up for two, one refund does not bring it back": (
        [buy("silver", 0), buy("gold", 10, upgrade="replace", refunded=13), buy("black", 11, upgrade="replace")],
        [("silver", 0, 10), ("gold", 10, 11), ("black", 11, 41)],
    ),
    "converted twice, by its own worth": (
        [buy("silver", 0), buy("gold", 0, upgrade="convert"), buy("black", 0, upgrade="convert")],
        [("black", 0, 30), ("black", 30, 37.5), ("black", 37.5, 52.5)],
    ),
    "of two conversions the later refunded, the earlier one stands": (
        [buy("silver", 0), buy("gold", 0, upgrade="convert"), buy("black", 0, upgrade="convert", refunded=10)],
        [("black", 0, 10), ("gold", 10, 40), ("gold", 40, 55)],
    ),
    "a refunded purchase that would have come later leaves nothing": (
        [buy("gold", 0), buy("silver", 10, refunded=12)],
        [("gold", 0, 30)],
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_the_table(name: str) -> None:
    purchases, expected = TABLE[name]

    assert days(purchases) == expected


def test_nothing_bought_is_no_time() -> None:
    assert timeline([]) == ()


# --- whatever was bought

_MINUTE = timedelta(minutes=1)


@st.composite
def histories(draw: Any, *, rules: Sequence[str] = UPGRADES, refunds: bool = True) -> list[Bought]:
    """Up to eight purchases in order, at whole minutes, some of them refunded."""
    moment, found = START, []
    for _ in range(draw(st.integers(1, 8))):
        moment += draw(st.integers(0, 3000)) * _MINUTE
        later = draw(st.integers(0, 6000)) * _MINUTE if refunds and draw(st.booleans()) else None
        found.append(
            Bought(
                id=uuid.UUID(int=len(found) + 1),
                at=moment,
                seconds=draw(st.integers(1, 3000)) * 60,
                rank=draw(st.integers(0, 3)),
                level="any",
                upgrade=draw(st.sampled_from(rules)),
                worth_minor=draw(st.integers(0, 5000)),
                currency=draw(st.sampled_from(["USD", "USD", "EUR"])),
                revoked_at=None if later is None else moment + later,
            )
        )
    return found


EXAMPLES = 2000 if os.environ.get("TEST_PROFILE") == "long" else 40
few = settings(max_examples=EXAMPLES, deadline=None)


@few
@given(histories())
def test_periods_follow_each_other(purchases: list[Bought]) -> None:
    periods = timeline(purchases)

    assert all(each.starts_at < each.ends_at for each in periods)
    assert all(one.ends_at <= other.starts_at for one, other in zip(periods, periods[1:], strict=False))


@few
@given(histories())
def test_no_time_comes_before_it_was_bought_or_after_it_was_refunded(purchases: list[Bought]) -> None:
    known = {each.id: each for each in purchases}

    for period in timeline(purchases):
        bought = known[period.bought]
        assert period.starts_at >= bought.at
        assert bought.revoked_at is None or period.ends_at <= bought.revoked_at


@few
@given(histories(rules=["keep"], refunds=False))
def test_kept_time_is_all_there_and_the_highest_level_runs(purchases: list[Bought]) -> None:
    periods, left = timeline(purchases), {each.id: timedelta(seconds=each.seconds) for each in purchases}

    for period in periods:
        better = [
            each for each in purchases if each.at <= period.starts_at and left[each.id] and each.rank > period.rank
        ]
        assert not better
        left[period.bought] -= period.ends_at - period.starts_at
    assert not any(left.values())


@few
@given(histories(), st.integers(0, 20_000))
def test_what_comes_later_changes_nothing_before_it(purchases: list[Bought], minutes: int) -> None:
    moment = START + minutes * _MINUTE
    before = [
        replace(each, revoked_at=each.revoked_at if each.revoked_at and each.revoked_at < moment else None)
        for each in purchases
        if each.at < moment
    ]

    assert _until(timeline(purchases), moment) == _until(timeline(before), moment)


@few
@given(histories(), st.integers(0, 3), st.sampled_from(UPGRADES), st.integers(1, 3000))
def test_bought_and_refunded_at_once_is_as_if_never_bought(
    purchases: list[Bought], rank: int, upgrade: str, minutes: int
) -> None:
    moment = max(max(each.at, each.revoked_at or each.at) for each in purchases)
    regretted = Bought(
        id=uuid.UUID(int=99),
        at=moment,
        revoked_at=moment,
        seconds=minutes * 60,
        rank=rank,
        upgrade=upgrade,
        worth_minor=700,
        currency="USD",
    )

    assert timeline([*purchases, regretted]) == timeline(purchases)


def _until(periods: Sequence[Period], moment: datetime) -> list[tuple[Any, ...]]:
    return [
        (each.bought, each.rank, each.starts_at, min(each.ends_at, moment))
        for each in periods
        if each.starts_at < moment
    ]
