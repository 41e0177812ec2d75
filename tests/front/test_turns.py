"""Somebody who sends a hundred requests at once waits for themselves; everybody else has their turn in between."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from app.front import limits, thread_pools
from app.front.limits import Pool
from app.front.turns import Asker, Turns, asker
from ops import child
from tests.front.conftest import Served

Serve = Callable[..., Served]
ALL_THREADS = limits.RESERVED_THREADS[Pool.PAY] + limits.SHARED_THREADS
MANY, LONE, OTHER = Asker("203.0.113.1", b"many"), Asker("203.0.113.1", b"lone"), Asker("203.0.113.2")


def order(turns: Turns[str]) -> list[str]:
    return [turns.next() for _ in range(len(turns))]


def test_everybody_has_a_turn_by_address_and_then_by_name() -> None:
    turns: Turns[str] = Turns()
    for number in range(4):
        turns.add(MANY, f"many {number}")
    turns.add(LONE, "lone")
    turns.add(OTHER, "other")

    assert order(turns) == ["many 0", "other", "lone", "many 1", "many 2", "many 3"]


def test_who_stops_waiting_is_forgotten() -> None:
    turns: Turns[str] = Turns()
    turns.add(MANY, "first")
    turns.add(LONE, "second")
    turns.remove(MANY, "first")
    turns.remove(MANY, "first")
    turns.remove(OTHER, "nobody")

    assert (len(turns), order(turns), len(turns)) == (1, ["second"], 0)


def test_the_crowd_is_who_waits_the_most_often() -> None:
    turns: Turns[str] = Turns()
    for number in range(3):
        turns.add(MANY, f"many {number}")
    turns.add(OTHER, "other")

    assert turns.last_of_most() == (MANY, "many 2")


def test_a_caller_is_identified_by_key_or_cookie_or_by_the_request() -> None:
    assert asker("::", [(b"cookie", b"a=1"), (b"authorization", b"Bearer a")], b"/v1/orders").name == b"Bearer a"
    assert asker("::", [(b"host", b"x"), (b"cookie", b"a=1")], b"/c/ses_1").name == b"a=1"
    assert asker("::", [(b"host", b"x")], b"/callbacks/stripe/cha_1") == Asker("::", b"/callbacks/stripe/cha_1")


@pytest.mark.parametrize("most", [limits.MAX_WAITING, ALL_THREADS + 10])
def test_a_tenants_crowd_does_not_stand_before_anothers_payment(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(thread_pools, "MAX_WAITING", most)
    front = serve()
    url = f"http://127.0.0.1:{front.port}/v1/orders"
    with ThreadPoolExecutor(ALL_THREADS * 5) as pool:
        crowd = [
            pool.submit(httpx.post, f"{url}?hold", headers={"Authorization": "Bearer crowd"}, timeout=60)
            for _ in range(ALL_THREADS * 4)
        ]
        waiting = front.front._pools._waiting[Pool.PAY]
        assert child.wait_until(lambda: len(waiting) == min(most, ALL_THREADS * 3), limit_s=30)
        paid = pool.submit(httpx.post, url.replace("orders", "orders/ord_1/pay"), headers={"Authorization": "Bearer o"})
        assert child.wait_until(lambda: b"Bearer o" in waiting._by_address["127.0.0.1"], limit_s=30)
        front.toy.release.set()
        assert paid.result(30).status_code == 200
        assert {each.result(30).status_code for each in crowd} <= {200, 503}

    place = front.toy.inside.index("/v1/orders/ord_1/pay")
    assert place <= ALL_THREADS + 2, "at most one of the crowd was before it"
