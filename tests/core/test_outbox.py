from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Row, func, select

from app.core import db, outbox, outbox_due
from app.core.db.models import HandledEvent, OutboxEvent
from app.core.ids import new_id
from app.core.outbox import Event
from app.domain.catalog.models import Product
from ops import child
from tests.factories.business import make_business, make_product

TOPIC = "test.happened"


@pytest.fixture
def business(app: Flask) -> Iterator[uuid.UUID]:
    """A business of this test's own; none of its events is left due for others."""
    assert app
    made = make_business()
    yield made
    with db.phase("test.clear", made):
        db.run(OutboxEvent.__table__.update().where(OutboxEvent.business_id == made).values(status="done"))


def _emit(business_id: uuid.UUID, aggregate_id: uuid.UUID | None = None) -> None:
    with db.phase("test.emit", business_id):
        outbox.emit(TOPIC, aggregate_id=aggregate_id or new_id(), payload={})


def _events(business_id: uuid.UUID) -> list[Row[Any]]:
    with db.reading(business_id):
        return list(db.rows(select(OutboxEvent.__table__).order_by(OutboxEvent.sequence)))


def _counts(business_id: uuid.UUID) -> tuple[int, int]:
    """How many effects there are, and how many marks."""
    with db.reading(business_id):
        effects = db.scalar(select(func.count()).select_from(Product))
        return int(effects), int(db.scalar(select(func.count()).select_from(HandledEvent)))


def _work(event: Event) -> None:
    with db.phase("test.effect", event.business_id):
        db.add(Product, name="effect")


def _work_that_fails(event: Event) -> None:
    with db.phase("test.effect", event.business_id):
        db.add(Product, name="effect")
        db.flush()
        raise ValueError("not today")


def test_effects_and_mark_commit_together_and_happen_once(business: uuid.UUID) -> None:
    _emit(business)

    first = outbox.drain(business, {TOPIC: (("work", _work),)})
    second = outbox.drain(business, {TOPIC: (("work", _work),)})

    assert (first, second) == (1, 0)
    assert _counts(business) == (1, 1)
    assert [event.status for event in _events(business)] == ["done"]


def test_an_event_is_not_seen_before_its_phase_commits(business: uuid.UUID) -> None:
    def emit_and_fail() -> None:
        with db.phase("test.emit", business):
            outbox.emit(TOPIC, aggregate_id=new_id(), payload={})
            db.flush()
            raise KeyError

    with pytest.raises(KeyError):
        emit_and_fail()

    assert _events(business) == []


def test_a_handler_that_fails_leaves_nothing_and_has_the_event_again_later(business: uuid.UUID, clock: Any) -> None:
    _emit(business)

    assert outbox.drain(business, {TOPIC: (("work", _work_that_fails),)}) == 0

    [event] = _events(business)
    assert _counts(business) == (0, 0)
    assert (event.status, event.attempts) == ("pending", 1)
    assert "not today" in event.error
    assert outbox.drain(business, {TOPIC: (("work", _work),)}) == 0  # not its time yet
    clock.move(600)
    assert outbox.drain(business, {TOPIC: (("work", _work),)}) == 1
    assert _counts(business) == (1, 1)
    assert _events(business)[0].error is None


def test_a_handler_that_did_its_work_does_not_repeat_it_for_anothers_failure(business: uuid.UUID, clock: Any) -> None:
    _emit(business)
    outbox.drain(business, {TOPIC: (("works", _work), ("fails", _work_that_fails))})
    assert _counts(business) == (1, 1)
    clock.move(600)

    outbox.drain(business, {TOPIC: (("works", _work), ("fails", _work))})

    assert _counts(business) == (2, 2)
    assert [event.status for event in _events(business)] == ["done"]


def test_a_handler_that_recovers_from_a_failed_phase_is_marked_with_the_next(business: uuid.UUID) -> None:
    def recovers(event: Event) -> None:
        with pytest.raises(ValueError, match="not today"):
            _work_that_fails(event)
        _work(event)

    _emit(business)

    outbox.drain(business, {TOPIC: (("work", recovers),)})

    assert _counts(business) == (1, 1)


def test_a_handler_without_a_phase_is_marked_too(business: uuid.UUID) -> None:
    _emit(business)

    outbox.drain(business, {TOPIC: (("looks", lambda _event: None),)})

    assert _counts(business) == (0, 1)


def test_a_poison_event_is_set_aside_and_the_others_pass(business: uuid.UUID, clock: Any) -> None:
    poison = new_id()
    _emit(business, poison)

    def work(event: Event) -> None:
        (_work_that_fails if event.aggregate_id == poison else _work)(event)

    for _ in range(outbox.MAX_ATTEMPTS):
        _emit(business)
        outbox.drain(business, {TOPIC: (("work", work),)})
        clock.move(3601)

    statuses = {event.aggregate_id == poison: event.status for event in _events(business)}
    assert statuses == {True: "dead", False: "done"}
    assert _counts(business) == (outbox.MAX_ATTEMPTS, outbox.MAX_ATTEMPTS)


def test_what_was_set_aside_can_be_replayed_once(business: uuid.UUID) -> None:
    _emit(business)
    [event] = _events(business)
    with db.phase("test.die", business):
        db.write(db.change(OutboxEvent, event.id, status="dead"), expect=1)

    with db.phase("test.replay", business):
        assert outbox.replay(event.id)
        assert not outbox.replay(event.id)

    assert outbox.drain(business, {TOPIC: (("work", _work),)}) == 1


def test_drains_at_once_do_everything_once(business: uuid.UUID) -> None:
    for _ in range(20):
        _emit(business)

    with ThreadPoolExecutor(4) as pool:
        finished = sum(pool.map(lambda _: outbox.drain(business, {TOPIC: (("work", _work),)}), range(4)))

    assert finished == 20
    assert _counts(business) == (20, 20)


def test_events_of_one_object_are_numbered_without_gap_under_its_lock(business: uuid.UUID) -> None:
    product_id = make_product(business)

    def emit(_: int) -> None:
        with db.phase("test.emit", business):
            db.first(select(Product.id).where(Product.id == product_id).with_for_update())
            outbox.emit(TOPIC, aggregate_id=product_id, payload={})
            outbox.emit(TOPIC, aggregate_id=product_id, payload={})

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(emit, range(12)))

    assert [event.sequence for event in _events(business)] == list(range(1, 25))


def test_an_event_that_nobody_here_waits_for_is_born_done(business: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "unhandled_topics", {TOPIC})

    _emit(business)

    assert [event.status for event in _events(business)] == ["done"]


def test_due_events_are_counted_by_business(business: uuid.UUID) -> None:
    with db.system_reading():
        before = outbox_due.by_business()
    _emit(business)
    _emit(business)

    with db.system_reading():
        after = outbox_due.by_business()

    assert business not in before
    assert after[business] == 2


def test_events_that_come_for_the_first_time_are_handled_together(business: uuid.UUID) -> None:
    batches: list[int] = []

    def handle(events: Sequence[Event]) -> None:
        batches.append(len(events))
        for _ in events:
            db.add(Product, name="effect")

    for _ in range(outbox.TOGETHER + 2):
        _emit(business)

    finished = outbox.drain(business, {TOPIC: (("work", _work), ("more", _work))}, {TOPIC: handle})

    assert (finished, batches) == (outbox.TOGETHER + 2, [outbox.TOGETHER, 2])
    assert _counts(business) == (finished, 2 * finished)
    assert {event.status for event in _events(business)} == {"done"}


def test_a_batch_that_fails_leaves_nothing_and_its_events_are_handled_one_by_one(business: uuid.UUID) -> None:
    poison = new_id()
    _emit(business)
    _emit(business, poison)

    def handle(events: Sequence[Event]) -> None:
        db.add(Product, name="effect")
        db.flush()
        if poison in {event.aggregate_id for event in events}:
            raise ValueError("not today")

    def work(event: Event) -> None:
        (_work_that_fails if event.aggregate_id == poison else _work)(event)

    assert outbox.drain(business, {TOPIC: (("work", work),)}, {TOPIC: handle}) == 1

    assert _counts(business) == (1, 1)
    assert {event.aggregate_id == poison: event.status for event in _events(business)} == {
        True: "pending",
        False: "done",
    }


def test_batches_at_once_do_everything_once(business: uuid.UUID) -> None:
    def handle(events: Sequence[Event]) -> None:
        for _ in events:
            db.add(Product, name="effect")

    for _ in range(40):
        _emit(business)

    with ThreadPoolExecutor(4) as pool:
        drain = partial(outbox.drain, business, {TOPIC: (("work", _work),)}, {TOPIC: handle})
        finished = sum(pool.map(lambda _: drain(), range(4)))

    assert finished == 40
    assert _counts(business) == (40, 40)


def test_what_a_handler_causes_is_handled_in_the_same_drain(business: uuid.UUID) -> None:
    def causes(event: Event) -> None:
        with db.phase("test.cause", event.business_id):
            outbox.emit("test.caused", aggregate_id=new_id(), payload={})

    _emit(business)

    finished = outbox.drain(business, {TOPIC: (("causes", causes),), "test.caused": (("work", _work),)})

    assert finished == 2
    assert _counts(business) == (1, 2)


def test_an_event_waits_for_an_older_one_of_its_object_that_somebody_else_has(business: uuid.UUID) -> None:
    aggregate_id = new_id()
    _emit(business, aggregate_id)
    [first] = outbox._claim(business)
    _emit(business, aggregate_id)
    _emit(business)

    meanwhile = outbox._claim(business)
    outbox._finish(first.event, {}, 1, has_failed=False)
    afterwards = outbox._claim(business)

    assert [each.event.aggregate_id == aggregate_id for each in meanwhile] == [False]
    assert [(each.event.aggregate_id, each.event.sequence) for each in afterwards] == [(aggregate_id, 2)]


def test_an_event_that_failed_holds_up_no_younger_one_of_its_object(business: uuid.UUID) -> None:
    aggregate_id = new_id()
    _emit(business, aggregate_id)
    outbox.drain(business, {TOPIC: (("work", _work_that_fails),)})
    _emit(business, aggregate_id)

    assert outbox.drain(business, {TOPIC: (("work", _work),)}) == 1

    assert [event.status for event in _events(business)] == ["pending", "done"]


def test_an_event_is_not_handled_together_with_others_before_an_older_one_of_its_object(business: uuid.UUID) -> None:
    aggregate_id, order = new_id(), []
    for topic in ("test.older", TOPIC):
        with db.phase("test.emit", business):
            outbox.emit(topic, aggregate_id=aggregate_id, payload={})
    _emit(business)
    work = (("work", lambda event: order.append([event.sequence])),)

    def handle(events: Sequence[Event]) -> None:
        order.append([event.aggregate_id == aggregate_id for event in events])

    outbox.drain(business, {"test.older": work, TOPIC: work}, {TOPIC: handle})

    assert order == [[False], [1], [2]]


def test_a_turn_that_is_over_leaves_the_rest(business: uuid.UUID) -> None:
    for _ in range(outbox_due.BATCH + 1):
        _emit(business)

    def outlast(events: Sequence[Event]) -> None:
        assert events
        ends_s = time.monotonic() + turn_s
        assert child.wait_until(lambda: time.monotonic() > ends_s, limit_s=60, pause_s=turn_s)

    turn_s = 0.05
    finished = outbox.drain(business, {TOPIC: (("work", _work),)}, {TOPIC: outlast}, for_s=turn_s)

    assert finished == outbox_due.BATCH
