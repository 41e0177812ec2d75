"""What the bench's clients send when, and how their round trips are counted."""

from __future__ import annotations

import time

from bench.arrivals import Agenda
from bench.load import Client
from bench.wire import Counter, Turn


def _send(_client: Client) -> None: ...


def test_requests_are_sent_by_their_moments_and_not_by_when_they_were_planned() -> None:
    now_s = time.monotonic()
    agenda = Agenda(now_s + 60)
    agenda.open = 2
    for before_s, step in ((1, "notice"), (3, "create"), (2, "complete")):
        agenda.add(now_s - before_s, step, _send)

    sent = [agenda.next() for _ in range(3)]

    assert [each.step for each in sent if each] == ["create", "complete", "notice"]


def test_nothing_is_sent_once_every_order_is_through_or_time_is_over() -> None:
    through, over = Agenda(time.monotonic() + 60), Agenda(time.monotonic() - 1)
    through.open = over.open = 1
    for agenda in (through, over):
        agenda.add(time.monotonic() - 1, "create", _send)
    through.close_order()

    assert through.next() is None
    assert over.next() is None


def test_statements_that_travel_together_are_one_trip() -> None:
    counter = Counter("")
    turn = Turn(counter)

    for step in (turn.ask, turn.ask, turn.answer, turn.answer, turn.ask, turn.answer):
        step()

    assert counter.trips == 2
