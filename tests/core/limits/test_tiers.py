"""What one may ask of a scenario: on average, at once, together with other processes, and without Redis."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask import Flask

from app.core.limits.shared import Shared
from app.core.limits.tiers import Rate, Tiers

AWAY = "redis://127.0.0.1:1"


@pytest.fixture(autouse=True)
def _standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.clock.real_s", lambda: 1_000_000.5)


def test_so_many_in_ten_seconds_and_no_more(app: Flask) -> None:
    tiers, subject = Tiers(app.config["SETTINGS"].redis_url), str(uuid.uuid4())

    states = [tiers.take("pay", subject, Rate(per_s=1, burst=100)) for _ in range(11)]

    assert [each.is_over for each in states] == [False] * 10 + [True]
    assert states[-1].steady.is_over
    assert not states[-1].burst.is_over


def test_so_many_at_once_and_no_more(app: Flask) -> None:
    tiers, subject = Tiers(app.config["SETTINGS"].redis_url), str(uuid.uuid4())

    states = [tiers.take("pay", subject, Rate(per_s=3, burst=4)) for _ in range(5)]

    assert [each.is_over for each in states] == [False] * 4 + [True]
    assert states[-1].burst.is_over


def test_a_scenario_takes_nothing_from_another_nor_a_business_from_another(app: Flask) -> None:
    tiers, one, other = Tiers(app.config["SETTINGS"].redis_url), str(uuid.uuid4()), str(uuid.uuid4())
    rate = Rate(per_s=1, burst=1)

    flood = [tiers.take("api_write", one, rate) for _ in range(20)]

    assert flood[-1].is_over
    assert not tiers.take("pay", one, rate).is_over
    assert not tiers.take("api_write", other, rate).is_over


def test_processes_count_together(app: Flask) -> None:
    url, subject = app.config["SETTINGS"].redis_url, str(uuid.uuid4())
    one, other = Tiers(url), Tiers(url)
    rate = Rate(per_s=1, burst=100)

    for _ in range(6):
        one.take("pay", subject, rate)
    states = [other.take("pay", subject, rate) for _ in range(5)]

    assert [each.is_over for each in states] == [False] * 4 + [True]
    assert other.used("pay", subject) == 11


@pytest.mark.parametrize("url", [None, AWAY])
def test_without_redis_less_is_allowed_but_never_nothing(url: str | None) -> None:
    tiers, subject = Tiers(url), str(uuid.uuid4())
    tiers.take("pay", "somebody else", Rate(per_s=1, burst=1))  # finds out that Redis is away

    states = [tiers.take("pay", subject, Rate(per_s=4, burst=100)) for _ in range(11)]
    smallest = tiers.take("export", subject, Rate(per_s=1, burst=1))

    assert [each.is_over for each in states] == [False] * 10 + [True]  # a quarter of 40
    assert not smallest.is_over
    assert tiers.used("pay", subject) == 11


def test_those_who_are_refused_come_again_at_different_moments() -> None:
    tiers, subject = Tiers(None), str(uuid.uuid4())
    rate = Rate(per_s=1, burst=100)

    states = [tiers.take("pay", subject, rate) for _ in range(60)]
    waits = {each.retry_after_s for each in states if each.steady.is_over}

    assert len(waits) > 1
    assert min(waits) >= states[-1].steady.resets_s
    assert max(waits) <= states[-1].steady.resets_s + 5


def test_paying_asks_redis_once_in_many_requests(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    ask = Shared.ask

    def counted(shared: Shared, work: Any, otherwise: Any) -> Any:
        asked.append(work)
        return ask(shared, work, otherwise)

    monkeypatch.setattr(Shared, "ask", counted)
    tiers, subject = Tiers(app.config["SETTINGS"].redis_url), str(uuid.uuid4())

    for _ in range(400):
        tiers.take("pay", subject, Rate(per_s=800, burst=1_600))

    assert len(asked) == 4  # 400 // 160 for the average, 400 // 200 for the burst; a key alone would ask twenty times
