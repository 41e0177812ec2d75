"""When periods begin and end: sums done by hand, and rules that hold of every date in five zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.money import Money
from app.domain.signing.calendar import (
    MAX_COUNTS,
    Anchor,
    Interval,
    Span,
    Unit,
    aligned,
    begins_at,
    period,
    period_at,
    share,
    trial_ends_at,
)

ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe")
starts = st.integers(0, 9 * 365 * 86_400).map(lambda each: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=each))
zones = st.sampled_from(ZONES)
intervals = st.sampled_from(list(Unit)).flatmap(
    lambda unit: st.integers(1, min(MAX_COUNTS[unit], 12)).map(lambda count: Interval(unit, count))
)


def _local(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "zone", "interval", "expected"),
    [
        # The last day of a short month, and back to the 31st.
        ("2026-01-31 10:00", "UTC", Interval(Unit.MONTH), ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        ("2028-01-31 10:00", "UTC", Interval(Unit.MONTH), ["2028-02-29", "2028-03-31"]),
        ("2027-12-31 23:59", "Asia/Shanghai", Interval(Unit.MONTH, 2), ["2028-02-29", "2028-04-30", "2028-06-30"]),
        ("2025-11-30 00:00", "Europe/Berlin", Interval(Unit.QUARTER), ["2026-02-28", "2026-05-30", "2026-08-30"]),
        # Born on 29 February.
        ("2024-02-29 12:00", "UTC", Interval(Unit.YEAR), ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        ("2026-12-28 08:00", "UTC", Interval(Unit.WEEK, 2), ["2027-01-11", "2027-01-25"]),
        ("2026-02-27 08:00", "UTC", Interval(Unit.DAY), ["2026-02-28", "2026-03-01"]),
    ],
)
def test_periods_by_hand(start: str, zone: str, interval: Interval, expected: list[str]) -> None:
    local = datetime.strptime(start, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone))
    anchor = Anchor(at=local.astimezone(UTC), zone=zone)

    found = [_local(begins_at(anchor, interval, number), zone) for number in range(2, len(expected) + 2)]

    assert found == [f"{day} {start[11:]}" for day in expected]


@pytest.mark.parametrize(
    ("start", "zone", "expected"),
    [
        # Clocks go forward at 02:00 on 8 March: 02:30 is not there, and is the moment that 03:30 is.
        ("2026-02-08 02:30", "America/New_York", "2026-03-08T07:30:00+00:00"),
        # Clocks go back on 1 November: of two 01:30 the first.
        ("2026-10-01 01:30", "America/New_York", "2026-11-01T05:30:00+00:00"),
        # By half an hour on Lord Howe.
        ("2026-09-04 02:15", "Australia/Lord_Howe", "2026-10-03T15:45:00+00:00"),
        ("2026-03-15 12:00", "Europe/Berlin", "2026-04-15T10:00:00+00:00"),
    ],
)
def test_the_time_of_day_is_kept_through_changes_of_the_clock(start: str, zone: str, expected: str) -> None:
    local = datetime.strptime(start, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone))

    assert begins_at(Anchor(at=local.astimezone(UTC), zone=zone), Interval(Unit.MONTH), 2).isoformat() == expected


def test_a_trial_ends_at_the_same_time_of_day() -> None:
    start = datetime(2026, 3, 1, 9, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)

    assert _local(trial_ends_at(start, "America/New_York", 14), "America/New_York") == "2026-03-15 09:00"


@pytest.mark.parametrize(
    ("start", "interval", "day", "since", "until"),
    [
        ("2026-03-10 15:00", Interval(Unit.MONTH), 1, "2026-03-01", "2026-04-01"),
        ("2026-03-01 00:00", Interval(Unit.MONTH), 1, "2026-03-01", "2026-04-01"),
        ("2026-02-10 15:00", Interval(Unit.MONTH), 31, "2026-01-31", "2026-02-28"),
        ("2026-03-05 15:00", Interval(Unit.MONTH), 31, "2026-02-28", "2026-03-31"),
        ("2026-05-10 15:00", Interval(Unit.QUARTER), 1, "2026-04-01", "2026-07-01"),
        ("2026-01-10 15:00", Interval(Unit.QUARTER), 15, "2025-10-15", "2026-01-15"),
        ("2026-05-10 15:00", Interval(Unit.YEAR), 1, "2026-01-01", "2027-01-01"),
        ("2026-01-03 15:00", Interval(Unit.YEAR), 6, "2025-01-06", "2026-01-06"),
        ("2026-11-25 15:00", Interval(Unit.WEEK), 1, "2026-11-23", "2026-11-30"),
        ("2026-11-25 15:00", Interval(Unit.WEEK), 7, "2026-11-22", "2026-11-29"),
    ],
)
def test_aligned_periods_by_hand(start: str, interval: Interval, day: int, since: str, until: str) -> None:
    moment = datetime.strptime(start, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)

    found = period(aligned(moment, "Europe/Berlin", interval, day), interval, 1)

    assert [_local(each, "Europe/Berlin")[:10] for each in (found.starts_at, found.ends_at)] == [since, until]


def test_a_share_is_by_the_second_and_half_a_minor_unit_goes_up() -> None:
    whole = Span(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    rest = Span(datetime(2026, 3, 22, tzinfo=UTC), whole.ends_at)

    assert share(Money(3100, "USD"), rest, whole) == Money(1000, "USD")
    assert share(Money(1000, "JPY"), rest, whole) == Money(323, "JPY")  # 10/31 of it is 322.58
    assert share(Money(1, "USD"), Span(datetime(2026, 3, 16, 12, tzinfo=UTC), whole.ends_at), whole).minor == 1
    assert share(Money(1000, "USD"), whole, whole).minor == 1000


@settings(max_examples=300)
@given(starts, zones, intervals)
def test_periods_follow_one_another_and_none_is_empty(start: datetime, zone: str, interval: Interval) -> None:
    anchor = Anchor(at=start, zone=zone)

    spans = [period(anchor, interval, number) for number in range(1, 14)]

    assert spans[0].starts_at == anchor.at
    assert all(before.ends_at == after.starts_at for before, after in zip(spans, spans[1:], strict=False))
    assert all(span.ends_at - span.starts_at >= timedelta(hours=22) for span in spans)
    assert all(span.seconds == (span.ends_at - span.starts_at).total_seconds() for span in spans)


@settings(max_examples=300)
@given(starts, zones, intervals, st.integers(1, 40))
def test_a_day_of_the_month_is_kept_wherever_the_month_has_it(
    start: datetime, zone: str, interval: Interval, number: int
) -> None:
    anchor = Anchor(at=start, zone=zone)
    there = anchor.at.astimezone(ZoneInfo(zone))
    found = begins_at(anchor, interval, number).astimezone(ZoneInfo(zone))

    if interval.unit in (Unit.MONTH, Unit.QUARTER, Unit.YEAR):
        assert found.day == there.day or (found.day < there.day and (found + timedelta(days=1)).day <= 2)
        months = (found.year - there.year) * 12 + found.month - there.month
        length = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}[interval.unit] * interval.count
        assert months == (number - 1) * length
    else:
        length = {Unit.DAY: 1, Unit.WEEK: 7}[interval.unit] * interval.count
        assert (found.date() - there.date()).days == (number - 1) * length


@settings(max_examples=300)
@given(starts, zones, intervals, st.integers(0, 2000))
def test_the_period_of_a_moment_contains_it(start: datetime, zone: str, interval: Interval, days: int) -> None:
    anchor = Anchor(at=start, zone=zone, number=3)
    moment = anchor.at + timedelta(days=days, hours=days % 24)

    number = period_at(anchor, interval, moment)

    span = period(anchor, interval, number)
    assert span.starts_at <= moment < span.ends_at
    assert number >= 3


@settings(max_examples=300)
@given(starts, zones, intervals.filter(lambda each: each.unit is not Unit.DAY), st.integers(1, 31))
def test_an_aligned_anchor_is_a_midnight_on_its_day_and_its_first_period_contains_the_start(
    start: datetime, zone: str, interval: Interval, day: int
) -> None:
    moment = start
    day = min(day, 7) if interval.unit is Unit.WEEK else day

    anchor = aligned(moment, zone, interval, day)

    first = period(anchor, interval, 1)
    local = anchor.at.astimezone(ZoneInfo(zone))
    assert first.starts_at <= moment < first.ends_at
    assert (local.hour, local.minute) == (0, 0)
    if interval.unit is Unit.WEEK:
        assert local.isoweekday() == day
    else:
        assert local.day == day or local.date() == _last_of(local.date())


@given(starts, st.integers(0, 10**9), st.integers(1, 10**7), st.integers(0, 10**7))
def test_a_share_and_the_rest_make_the_whole(start: datetime, minor: int, seconds: int, cut: int) -> None:
    at = start
    whole = Span(at, at + timedelta(seconds=seconds))
    middle = at + timedelta(seconds=min(cut, seconds))
    amount = Money(minor, "USD")

    part = share(amount, Span(middle, whole.ends_at), whole)

    assert 0 <= part.minor <= minor
    assert abs(part.minor + share(amount, Span(at, middle), whole).minor - minor) <= 1


def _last_of(day: date) -> date:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return following - timedelta(days=1)
