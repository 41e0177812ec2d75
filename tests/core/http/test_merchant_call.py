"""A merchant's system that is down or hangs is left in peace, and nobody else's."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from flask import Flask

from app.core.http import merchant_call
from app.core.limits import breaker
from app.core.limits.breaker import Breaker, Policy

URL = "https://goods.example/deliver"


@dataclass
class System:
    """What answers every call, and the moment that the breakers see."""

    answer: int | Exception = 500
    calls: int = 0
    moment: float = 1_000_000.0

    def outbound(self, *_: object, **__: object) -> httpx.Response:
        self.calls += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return httpx.Response(self.answer)


@pytest.fixture
def system(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    assert app  # its settings say where merchants' systems may be
    made, stored = System(), breaker.current()
    breaker.use(Breaker(None, moment=lambda: made.moment))
    monkeypatch.setattr(merchant_call, "outbound", made.outbound)
    yield made
    breaker.use(stored)


def call(business_id: uuid.UUID, url: str = URL, *, force: bool = False) -> merchant_call.Answer:
    """One call, which has to be made all the same with `force`."""
    secret = merchant_call.new_secret()
    return merchant_call.call(url, secret, business_id=business_id, message_id="m", body={}, force=force)


@pytest.mark.parametrize(("answer", "calls"), [(httpx.ReadTimeout("hangs"), 2), (500, 8), (503, 8)])
def test_a_system_that_fails_is_left_in_peace_sooner_when_it_hangs(
    system: System, answer: int | Exception, calls: int
) -> None:
    system.answer, business_id = answer, uuid.uuid4()

    answers = [call(business_id).verdict for _ in range(20)]

    assert (set(answers), system.calls) == ({"unknown"}, calls)


def test_other_businesses_and_manual_calls_still_get_answers(system: System) -> None:
    system.answer, business_id = httpx.ReadTimeout("hangs"), uuid.uuid4()
    for _ in range(3):
        call(business_id)
    system.answer = 200

    answers = [call(uuid.uuid4()), call(business_id, "https://other.example/"), call(business_id, force=True)]
    left_alone = call(business_id)

    assert [each.verdict for each in answers] == ["accepted"] * 3
    assert left_alone.verdict == "unknown"


def test_one_call_finds_out_that_a_system_is_well_again(system: System) -> None:
    system.answer, business_id = httpx.ReadTimeout("hangs"), uuid.uuid4()
    for _ in range(2):
        call(business_id)
    system.answer = 200

    system.moment += Policy().pause_s
    answers = [call(business_id).verdict for _ in range(3)]

    assert answers == ["accepted"] * 3


@pytest.mark.parametrize("answer", [200, 410, 404])
def test_a_system_that_says_no_is_well(system: System, answer: int) -> None:
    system.answer, business_id = answer, uuid.uuid4()

    for _ in range(20):
        call(business_id)

    assert system.calls == 20
