"""When partners' days end and what is due then: working days, holidays, days of 23 and 25 hours, reserves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.core.errors import Invalid
from app.domain.settlement.batches import rules

BERLIN = "Europe/Berlin"


def _there(*moment: int, zone: str = BERLIN) -> datetime:
    year, month, day, *clock = moment
    return datetime(year, month, day, *clock, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "hours"),
    [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)],
)
def test_a_day_of_23_or_25_hours_is_a_day(day: tuple[int, int, int], hours: int) -> None:
    begin = _there(*day)

    end = rules.next_cut_off("daily", None, after=begin, time_zone=BERLIN)
    due = rules.due_until(end or begin, 1, time_zone=BERLIN)

    assert end is not None
    assert end - begin == timedelta(hours=hours)
    assert due == begin


def test_a_cut_off_that_clocks_skip_or_show_twice_is_there_once() -> None:
    skipped = rules.next_cut_off("daily", None, after=_there(2026, 3, 29), time_zone=BERLIN, at="02:30")
    after_it = rules.next_cut_off("daily", None, after=skipped or _there(2026, 3, 29), time_zone=BERLIN, at="02:30")
    twice = rules.next_cut_off("daily", None, after=_there(2026, 10, 25), time_zone=BERLIN, at="02:30")
    next_one = rules.next_cut_off("daily", None, after=twice or _there(2026, 10, 25), time_zone=BERLIN, at="02:30")

    assert skipped == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert after_it == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_one == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_a_cut_off_is_after_the_one_before_and_on_the_same_day_when_it_is_still_to_come() -> None:
    before, at, later = _there(2026, 6, 5, 17, 29), _there(2026, 6, 5, 17, 30), _there(2026, 6, 5, 17, 31)

    found = [rules.next_cut_off("weekly", 5, after=each, time_zone=BERLIN, at="17:30") for each in (before, at, later)]

    assert found == [at, _there(2026, 6, 12, 17, 30), _there(2026, 6, 12, 17, 30)]


@pytest.mark.parametrize(
    ("cut_off", "days", "until"),
    [
        ((2026, 6, 8), 1, (2026, 6, 5)),  # at the end of Sunday: what was cleared before Friday
        ((2026, 6, 9), 1, (2026, 6, 8)),  # at the end of Monday: Friday's and the weekend's
        ((2026, 6, 9), 2, (2026, 6, 5)),
        ((2026, 12, 29), 2, (2026, 12, 23)),  # Monday the 28th, and no Christmas
        ((2027, 1, 5), 5, (2026, 12, 28)),
    ],
)
def test_working_days_leave_out_weekends_and_holidays(
    cut_off: tuple[int, int, int], days: int, until: tuple[int, int, int]
) -> None:
    holidays = {date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 1)}

    found = rules.due_until(_there(*cut_off), days, time_zone=BERLIN, working_days=True, holidays=holidays)

    assert found == _there(*until)


def test_a_reserve_is_a_whole_part_and_never_of_what_is_owed_by_the_partner() -> None:
    assert [rules.reserve_of(minor, 1000) for minor in (1000, 1009, 9, 0, -500)] == [100, 100, 0, 0, 0]
    assert rules.in_days(_there(2026, 3, 28), 2, BERLIN) == _there(2026, 3, 30)


@pytest.mark.parametrize(
    "terms",
    [
        {"cut_off_time": "24:00"},
        {"cut_off_time": "9:00"},
        {"calendar": "de", "working_days": True},
        {"calendar": "DE"},
        {"reserve_bps": 5001, "reserve_days": 1},
        {"reserve_bps": 100},
        {"reserve_days": 30},
        {"reserve_bps": 100, "reserve_days": 366},
    ],
)
def test_terms_that_cannot_be_are_refused(terms: dict[str, str | int | bool]) -> None:
    with pytest.raises(Invalid):
        rules.check_terms(cycle="daily", day=None, hold_days=0, minimum={}, **terms)  # type: ignore[arg-type]
