"""When a breaker opens and closes, alone and shared between processes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from app.core.limits.breaker import Breaker, Change, Policy, Record, admit, report, state_of

POLICY = Policy(window_s=60, bucket_s=10, failures=3, share_percent=50, pause_s=15, longest_pause_s=40, trial_s=30)


@dataclass
class Moment:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def after(*calls: bool, now: float = 1_000_000.0, record: Record | None = None) -> Record:
    """What calls in a row lead to."""
    found = record or Record()
    for is_good in calls:
        found, _ = report(found, now, POLICY, successes=int(is_good), failures=int(not is_good))
    return found


def test_it_opens_at_its_failures_and_not_one_before() -> None:
    assert state_of(after(False, False), 1_000_000.0) == "closed"
    assert state_of(after(False, False, False), 1_000_000.0) == "open"


def test_it_opens_at_its_share_and_not_below() -> None:
    assert after(True, True, True, True, False, False, False).state == "closed"
    assert after(True, True, True, False, False, False).state == "open"


def test_failures_that_left_the_window_do_not_count() -> None:
    old = after(False, False, now=1_000_000.0)

    assert after(False, now=1_000_059.0, record=old).state == "open"
    assert after(False, now=1_000_060.0, record=old).state == "closed"


def test_after_its_pause_one_call_is_let_through_and_no_second_one() -> None:
    opened = after(False, False, False)

    _, early, _ = admit(opened, 1_000_014.9, POLICY)
    trial, first, change = admit(opened, 1_000_015.0, POLICY)
    _, second, _ = admit(trial, 1_000_015.0, POLICY)

    assert (early, first, second) == (False, True, False)
    assert change == Change("open", "half_open", 0, 0, 15)
    assert state_of(trial, 1_000_016.0) == "probing"


def test_a_trial_that_nobody_reports_makes_room_for_another() -> None:
    trial, _, _ = admit(after(False, False, False), 1_000_015.0, POLICY)

    _, again, change = admit(trial, 1_000_045.0, POLICY)

    assert (again, change) == (True, None)


def test_a_good_trial_closes_and_a_bad_one_pauses_twice_as_long_up_to_a_limit() -> None:
    trial, _, _ = admit(after(False, False, False), 1_000_015.0, POLICY)

    closed, good = report(trial, 1_000_016.0, POLICY, successes=1, failures=0)
    opened, bad = report(trial, 1_000_016.0, POLICY, successes=0, failures=1)
    longer, _, _ = admit(opened, 1_000_046.0, POLICY)
    longest, _ = report(longer, 1_000_047.0, POLICY, successes=0, failures=1)

    assert (closed, good) == (Record(), Change("half_open", "closed", 1, 0, 0))
    assert (opened.until, bad) == (1_000_046.0, Change("half_open", "open", 0, 1, 30))
    assert longest.until == 1_000_087.0


def test_calls_that_began_before_it_opened_change_nothing() -> None:
    opened = after(False, False, False)

    assert after(True, True, False, record=opened) == opened


def test_processes_share_what_they_learn(fresh_redis_url: str) -> None:
    moment = Moment()
    ours, theirs = (Breaker(fresh_redis_url, POLICY, moment) for _ in range(2))

    changes = [ours.report("k", is_good=False), theirs.report("k", is_good=False), ours.report("k", is_good=False)]
    moment.now += 2

    assert changes == [None, None, Change("closed", "open", 0, 3, 15)]
    assert theirs.admit("k") == (False, None)
    moment.now += 15
    assert [ours.admit("k")[0], theirs.admit("k")[0]] == [True, False]
    assert theirs.states(["k", "other"]) == {"k": "probing", "other": "closed"}
    assert ours.report("k", is_good=True) == Change("half_open", "closed", 1, 0, 0)


def test_good_calls_are_counted_though_they_are_reported_together(fresh_redis_url: str) -> None:
    moment = Moment()
    breaker = Breaker(fresh_redis_url, POLICY, moment)
    for _ in range(4):
        breaker.report("k", is_good=True)

    for _ in range(3):
        assert breaker.report("k", is_good=False) is None

    assert breaker.report("k", is_good=False) == Change("closed", "open", 4, 4, 15)


@pytest.mark.parametrize("url", [None, "redis://127.0.0.1:1/0"])
def test_without_redis_each_process_goes_by_its_own_memory(url: str | None) -> None:
    moment = Moment()
    breaker = Breaker(url, POLICY, moment)

    for _ in range(3):
        breaker.report("k", is_good=False)

    assert breaker.admit("k") == (False, None)
    moment.now += 15
    assert breaker.admit("k")[0]
    assert breaker.states(["k"]) == {"k": "probing"}


def test_a_flushed_redis_only_makes_it_begin_anew(fresh_redis_url: str) -> None:
    import redis

    moment = Moment()
    breaker = Breaker(fresh_redis_url, POLICY, moment)
    for _ in range(3):
        breaker.report("k", is_good=False)
    redis.Redis.from_url(fresh_redis_url).flushall()
    moment.now += 2

    assert breaker.admit("k") == (True, None)
