"""What a change costs: worked by hand, and properties over anchors, currencies and changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import Money
from app.domain.signing.calendar import Anchor, Interval, Span, Unit, period
from app.domain.signing.proration import Following, PaidPeriod, anchor_after, prorate

MONTH, YEAR = Interval(Unit.MONTH), Interval(Unit.YEAR)


def _at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("currency", "old", "new", "quantity", "moment", "balance", "expected"),
    [
        # June has 30 days; after 15 of them half is left: (charge, credit, used, due, left)
        ("USD", 1000, 2000, 1, "2026-06-16", 0, (1000, 500, 500, 500, 0)),
        ("USD", 2000, 1000, 1, "2026-06-16", 0, (500, 1000, 500, 0, 500)),
        ("USD", 1000, 1000, 3, "2026-06-16", 0, (1500, 500, 500, 1000, 0)),
        ("USD", 1000, 2000, 1, "2026-06-16", 700, (1000, 500, 1000, 0, 200)),
        # 10 of 30 days are left: 3333.33 is charged as 3333, 333.33 given back as 333
        ("USD", 1000, 10000, 1, "2026-06-21", 0, (3333, 333, 333, 3000, 0)),
        # no minor units: 980 × 10 ÷ 30 = 326.67, ¥327; 500 × 10 ÷ 30 = 166.67, ¥167
        ("JPY", 500, 980, 1, "2026-06-21", 0, (327, 167, 167, 160, 0)),
        # at the very beginning everything is given back and all of it charged
        ("USD", 1000, 2500, 1, "2026-06-01", 0, (2500, 1000, 1000, 1500, 0)),
    ],
)
def test_changes_worked_by_hand(
    currency: str, old: int, new: int, quantity: int, moment: str, balance: int, expected: tuple[int, ...]
) -> None:
    anchor = Anchor(at=_at("2026-06-01"), zone="UTC")
    paid = PaidPeriod(span=period(anchor, MONTH, 1), worth=Money(old, currency), refunded=Money(0, currency))
    then = anchor_after(anchor, old=MONTH, new=MONTH, moment=_at(moment), number=2, day=None)
    terms = Following(anchor=then, interval=MONTH, number=2, unit=Money(new, currency), quantity=quantity)

    found = prorate(paid, terms, moment=_at(moment), balance=Money(balance, currency))

    assert tuple(each.minor for each in (found.charge, found.credit, found.used, found.due, found.left)) == expected
    assert found.span == Span(_at(moment), _at("2026-07-01"))


def test_another_interval_begins_a_whole_period_at_once() -> None:
    anchor = Anchor(at=_at("2026-06-01"), zone="UTC")
    paid = PaidPeriod(span=period(anchor, MONTH, 1), worth=Money(1000, "USD"), refunded=Money(0, "USD"))
    moment = _at("2026-06-16")
    then = anchor_after(anchor, old=MONTH, new=YEAR, moment=moment, number=2, day=None)

    found = prorate(
        paid,
        Following(anchor=then, interval=YEAR, number=2, unit=Money(10000, "USD"), quantity=1),
        moment=moment,
        balance=Money(0, "USD"),
    )

    assert (found.charge.minor, found.credit.minor, found.due.minor) == (10000, 500, 9500)
    assert found.span == Span(moment, _at("2027-06-16"))


def test_another_day_begins_periods_on_it() -> None:
    anchor = Anchor(at=_at("2026-06-10"), zone="UTC")
    moment = _at("2026-06-20")

    then = anchor_after(anchor, old=MONTH, new=MONTH, moment=moment, number=2, day=1)

    assert period(then, MONTH, 2) == Span(_at("2026-06-01"), _at("2026-07-01"))
    assert period(then, MONTH, 3) == Span(_at("2026-07-01"), _at("2026-08-01"))


def test_an_hour_that_the_clock_skips_is_not_paid_for() -> None:
    zone = "America/New_York"
    anchor = Anchor(at=_at("2026-03-07T12:00", zone), zone=zone)
    day = Interval(Unit.DAY)
    paid = PaidPeriod(span=period(anchor, day, 1), worth=Money(2300, "USD"), refunded=Money(0, "USD"))
    moment = paid.span.starts_at + timedelta(hours=11, minutes=30)
    then = anchor_after(anchor, old=day, new=day, moment=moment, number=2, day=None)

    found = prorate(
        paid,
        Following(anchor=then, interval=day, number=2, unit=Money(4600, "USD"), quantity=1),
        moment=moment,
        balance=Money(0, "USD"),
    )

    assert paid.span.seconds == 23 * 3600
    assert (found.credit.minor, found.charge.minor) == (1150, 2300)


def test_what_was_refunded_is_not_given_back_again() -> None:
    anchor = Anchor(at=_at("2026-06-01"), zone="UTC")
    paid = PaidPeriod(span=period(anchor, MONTH, 1), worth=Money(1000, "USD"), refunded=Money(800, "USD"))
    moment = _at("2026-06-16")
    then = anchor_after(anchor, old=MONTH, new=MONTH, moment=moment, number=2, day=None)

    found = prorate(
        paid,
        Following(anchor=then, interval=MONTH, number=2, unit=Money(1000, "USD"), quantity=1),
        moment=moment,
        balance=Money(0, "USD"),
    )

    assert (found.credit.minor, found.due.minor) == (200, 300)


@given(
    start=st.datetimes(datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2031-12-31")),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]),
    part=st.floats(0, 0.999),
    units=st.tuples(st.sampled_from(list(Unit)), st.sampled_from(list(Unit))),
    prices=st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)),
    quantity=st.integers(1, 50),
    balance=st.integers(0, 10**6),
    currency=st.sampled_from(["USD", "JPY", "KWD"]),
)
def test_nothing_is_lost_and_no_time_is_paid_twice(
    start: datetime,
    zone: str,
    part: float,
    units: tuple[Unit, Unit],
    prices: tuple[int, int],
    quantity: int,
    balance: int,
    currency: str,
) -> None:
    old, new = Interval(units[0]), Interval(units[1])
    anchor = Anchor(at=_at(start.replace(microsecond=0).isoformat(), zone), zone=zone)
    span = period(anchor, old, 1)
    moment = (span.starts_at + (span.ends_at - span.starts_at) * part).replace(microsecond=0)
    moment = max(moment, span.starts_at)
    paid = PaidPeriod(span=span, worth=Money(prices[0], currency), refunded=Money(0, currency))
    then = anchor_after(anchor, old=old, new=new, moment=moment, number=2, day=None)
    terms = Following(anchor=then, interval=new, number=2, unit=Money(prices[1], currency), quantity=quantity)

    found = prorate(paid, terms, moment=moment, balance=Money(balance, currency))

    assert found.span.starts_at == moment
    assert found.span.ends_at == period(then, new, 3).starts_at
    if old == new:
        assert found.span.ends_at == span.ends_at
    assert found.charge.minor == found.used.minor + found.due.minor
    assert found.credit.minor + balance == found.used.minor + found.left.minor
    assert 0 <= found.credit.minor <= prices[0]
    assert not (found.due.minor and found.left.minor)
