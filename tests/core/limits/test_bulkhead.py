"""Outbound calls take slots; one party's calls that hang leave slots to everybody else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from app.core.limits import bulkhead
from app.core.limits.bulkhead import QUIET, Bulkhead, Kind


def taken(of: Bulkhead, stack: ExitStack, kind: str, business: str, *, tries: int = 50, side: str = "") -> int:
    """How many slots the business gets when it wants very many, each for another side unless told."""
    return sum(stack.enter_context(of.slot(kind, business, side or f"{business}-{n}")) for n in range(tries))


def test_one_business_gets_most_and_never_all() -> None:
    some = bulkhead.Bulkhead({"pay": 10}, {"create": Kind("pay", 10)}, wait_s=0.0)

    with ExitStack() as stack:
        got = [taken(some, stack, "create", business) for business in ("a", "b", "c", "d")]

    assert got == [6, 3, 1, 0]
    with ExitStack() as stack:
        assert taken(some, stack, "create", "d") == 6  # all slots were released


def test_one_side_kinds_and_rooms_have_bounds_of_their_own() -> None:
    some = Bulkhead(
        {"pay": 90, "other": 90},
        {"create": Kind("pay", 20, to_one_side=3), "try": Kind("other", 4, 2), "query": Kind("other", 90)},
        wait_s=0.0,
    )

    with ExitStack() as stack:
        assert taken(some, stack, "create", "a", side="one account") == 3
        assert taken(some, stack, "create", "a") == 17
        assert [taken(some, stack, "try", business) for business in ("a", "b", "c")] == [2, 2, 0]
        assert taken(some, stack, "query", "a", tries=5) == 5


@pytest.mark.parametrize("serves", [True, False])
def test_a_process_keeps_places_for_others_whatever_one_business_does(*, serves: bool) -> None:
    standard = bulkhead.standard(8, serves=serves)
    standard._wait_s = 0.0

    with ExitStack() as stack:
        greedy = {kind: taken(standard, stack, kind, "greedy") for kind in ("create", "system", *QUIET, "try", "chat")}
        other = {kind: taken(standard, stack, kind, "other", tries=1) for kind in ("create", "query", "try")}

    assert set(other.values()) == {1}
    assert greedy["create"] == 5
    assert sum(greedy.values()) <= (5 + 4 if serves else 5 + 20)


def test_a_place_that_comes_free_soon_is_waited_for() -> None:
    one = Bulkhead({"pay": 9}, {"create": Kind("pay", 9, to_one_side=1)}, wait_s=30.0)
    holder, got, ends = one.slot("create", "a", "x"), [], threading.Event()
    assert holder.__enter__()

    waiting = _in_thread(lambda: got.append(_holds(one)), ends)
    holder.__exit__(None, None, None)
    assert ends.wait(30)
    waiting.join(30)

    assert got == [True]


def test_nobody_waits_behind_calls_that_are_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulkhead, "SLOW_S", -1.0)  # whatever is under way is slow
    one = Bulkhead({"pay": 9}, {"create": Kind("pay", 9, to_one_side=1)}, wait_s=3600.0)

    with one.slot("create", "a", "x"):
        stuck = one.is_stuck("create", "a", "x"), one.is_stuck("create", "b", "x2")
        with one.slot("create", "a", "x") as second:
            assert not second

    assert stuck == (True, False)
    assert one.held("create") == 0


def test_who_has_quick_calls_waits_among_those_of_others_that_are_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    some, moment = Bulkhead({"pay": 8}, {"create": Kind("pay", 8)}, wait_s=30.0), [0.0]
    monkeypatch.setattr(bulkhead, "LOOK_AGAIN_S", 0.001)
    with ExitStack() as stack:
        monkeypatch.setattr(bulkhead.time, "monotonic", lambda: moment[0])
        greedy = [stack.enter_context(some.slot("create", "a", n)) for n in range(5)]
        moment[0] = 10.0
        quick = [stack.enter_context(some.slot("create", "b", n)) for n in range(2)]

        assert (greedy, quick) == ([True] * 5, [True] * 2)
        assert (some.is_stuck("create", "a"), some.is_stuck("create", "b")) == (True, False)


def _holds(of: Bulkhead) -> bool:
    with of.slot("create", "a", "x") as has_slot:
        return has_slot


def _in_thread(work: Callable[[], object], ends: threading.Event) -> threading.Thread:
    def run() -> None:
        work()
        ends.set()

    made = threading.Thread(target=run, daemon=True)
    made.start()
    return made
