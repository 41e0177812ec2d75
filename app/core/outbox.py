"""Events: written in the phase that caused them, handed to each handler until it has had them, once in effect.

Redis only wakes the worker; these rows are the record.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, delete, select, update

from app.core import clock, context, db, outbox_due
from app.core.db import bulk
from app.core.db.models import EventListener, HandledEvent, OutboxEvent
from app.core.db.row_sql import NextNumber, Sql
from app.core.ids import new_id
from app.core.log import get_logger

CLAIM_S = 30  # a claimed event that nobody finished is due again after this
MAX_ATTEMPTS = 12  # with the doubling pause about an hour and a half; then people look at it
TOGETHER = 8  # events that are handled in one phase: more would hold their orders' locks longer


@dataclass(frozen=True)
class Event:
    """One event as a handler gets it; `payload` holds ids and minor units only. `request_id` is of the call that caused
    it, None when none did."""

    id: uuid.UUID
    business_id: uuid.UUID
    topic: str
    aggregate_id: uuid.UUID
    sequence: int
    payload: dict[str, Any]
    request_id: uuid.UUID | None


Handler = Callable[[Event], None]
# Does what all handlers of one topic do, for several events of it, in the open phase; nothing outside.
BatchHandler = Callable[[Sequence[Event]], None]
# Events for handlers that were emitted in this context.
_emitted: ContextVar[int] = ContextVar("emitted", default=0)
# Topics that no handler here waits for: their events are born done. A process that was not told is only slower.
unhandled_topics: set[str] = set()
# Topics that say nothing to anybody outside.
internal_topics: set[str] = set()
# Called in the phase that sets an event aside, with the handlers that could not have it; and in the phase that finishes
# one which had failed before.
abandoned: list[Callable[[Event, Sequence[str]], None]] = []
recovered: list[Callable[[Event], None]] = []


_NEXT_NUMBER = "(SELECT coalesce(max(sequence), 0) + 1 FROM outbox_events WHERE business_id = %s AND aggregate_id = %s)"


_LISTENERS = "(SELECT array_agg(id ORDER BY id) FROM event_listeners WHERE business_id = %s AND topics && %s)"


def emit(topic: str, *, aggregate_id: uuid.UUID, payload: dict[str, Any]) -> None:
    """Write an event of the open phase. Events of one aggregate are numbered 1, 2, 3…; the caller holds the
    aggregate's row lock, which keeps the numbers without gap or tie."""
    listeners = None if topic in internal_topics else Sql(_LISTENERS, (db.here(), names_of(topic)))
    _emit(new_id(), topic, aggregate_id, payload, listeners)


def emit_to(listener_id: uuid.UUID, topic: str, *, aggregate_id: uuid.UUID, payload: dict[str, Any]) -> uuid.UUID:
    """Write an event that only this listener outside hears of; its id."""
    event_id = new_id()
    _emit(event_id, topic, aggregate_id, payload, [listener_id])
    return event_id


def _emit(event_id: uuid.UUID, topic: str, aggregate_id: uuid.UUID, payload: dict[str, Any], listeners: Any) -> None:
    sequence: Any = NextNumber(Sql(_NEXT_NUMBER, (db.here(), aggregate_id)), of=aggregate_id)
    status = _born(topic, 1)
    db.add(
        OutboxEvent,
        id=event_id,
        topic=topic,
        aggregate_id=aggregate_id,
        sequence=sequence,
        payload=payload,
        status=status,
        listener_ids=listeners,
        request_id=context.request_of(aggregate_id),
    )


def _born(topic: str, number: int) -> str:
    """The status of so many new events."""
    if topic in unhandled_topics:
        return "done"
    _emitted.set(_emitted.get() + number)
    return "pending"


def names_of(topic: str) -> list[str]:
    """What a listener may have asked for to hear of this topic."""
    return ["*", f"{topic.partition('.')[0]}.*", topic]


def listen(listener_id: uuid.UUID, topics: Sequence[str]) -> None:
    """From this phase on the listener hears of these topics, and of no others; of none when there are none."""
    conditions = EventListener.business_id == db.here(), EventListener.id == listener_id
    db.run(delete(EventListener).where(*conditions))
    if topics:
        db.add(EventListener, id=listener_id, topics=list(topics))


def emit_first(topic: str, first: Mapping[uuid.UUID, dict[str, Any]]) -> None:
    """Write the first event of each of these new aggregates, with its payload."""
    status = _born(topic, len(first))
    shared = {"topic": topic, "sequence": 1, "status": status, "listener_ids": _listeners(topic)}
    rows = [
        {
            "id": new_id(),
            "aggregate_id": key,
            "payload": payload,
            "request_id": context.request_of(key),
            **shared,
        }
        for key, payload in first.items()
    ]
    bulk.insert(OutboxEvent, rows)


def _listeners(topic: str) -> list[uuid.UUID] | None:
    if topic in internal_topics:
        return None
    overlaps = EventListener.topics.overlap(names_of(topic))
    query = select(EventListener.id).where(EventListener.business_id == db.here(), overlaps)
    return [row.id for row in db.rows(query.order_by(EventListener.id))] or None


def caused_last(
    aggregate_id: SQLColumnExpression[uuid.UUID], business_id: SQLColumnExpression[uuid.UUID]
) -> ColumnElement[uuid.UUID | None]:
    """The request behind the last event of this aggregate, as column `request_id`: what is still done about it is done
    because of that."""
    events = db.table(OutboxEvent)
    mine = events.c.business_id == business_id, events.c.aggregate_id == aggregate_id
    newest = select(events.c.request_id).where(*mine).order_by(events.c.sequence.desc()).limit(1)
    return newest.scalar_subquery().label("request_id")


def businesses_with_unpublished_events() -> Sequence[uuid.UUID]:
    """Whose events wait to be written down for listeners outside. Called in a system reading."""
    unpublished = select(OutboxEvent.business_id).where(
        OutboxEvent.listener_ids.is_not(None), OutboxEvent.fanned_out_at.is_(None)
    )
    return [row.business_id for row in db.rows(unpublished.distinct().limit(1000))]


def drain(
    business_id: uuid.UUID,
    subscribers: Mapping[str, Sequence[tuple[str, Handler]]],
    batches: Mapping[str, BatchHandler] | None = None,
    *,
    for_s: float = math.inf,
) -> int:
    """Hand the business's due events to their handlers, and begin no further hundred of them after `for_s` seconds;
    how many events were finished. Those that come for the first time are handled together where their topic has a
    batch handler, and one by one when that fails. Several may run at once: they take turns in claiming, and events of
    one object come in their order, but for those that failed."""
    finished, ends_s = 0, time.monotonic() + for_s
    while time.monotonic() < ends_s and (claimed := _claim(business_id)):
        before = _emitted.get()
        together = _handled_together(claimed, subscribers, batches or {})
        for each in claimed:
            if each.event.id not in together:
                finished += _deliver(each, subscribers.get(each.event.topic, ()))
        finished += len(together)
        # What handlers emit for handlers is due at once; whatever else is left came meanwhile, and wakes its own drain.
        if len(claimed) < outbox_due.BATCH and _emitted.get() == before:
            break
    return finished


def _handled_together(
    claimed: Sequence[_Claimed],
    subscribers: Mapping[str, Sequence[tuple[str, Handler]]],
    batches: Mapping[str, BatchHandler],
) -> set[uuid.UUID]:
    """The events that were handled with others of their topic: none that comes after another of its object."""
    handled: set[uuid.UUID] = set()
    oldest = {each.event.aggregate_id: each.event.id for each in reversed(claimed)}
    for topic, handle in batches.items():
        first = [each.event for each in claimed if each.event.topic == topic and each.is_first]
        events = [event for event in first if oldest[event.aggregate_id] == event.id]
        for start in range(0, len(events), TOGETHER):
            some = events[start : start + TOGETHER]
            if _handle(some, handle, [name for name, _ in subscribers[topic]]):
                handled.update(event.id for event in some)
    return handled


def _handle(events: Sequence[Event], handle: BatchHandler, handlers: Sequence[str]) -> bool:
    """Handle the events and mark them done, in one phase; False when that failed, and nothing of it stands."""
    business_id = events[0].business_id
    try:
        work = context.batch(
            {event.aggregate_id: event.request_id for event in events},
            business_id=str(business_id),
            event_id=str(events[0].id),
            handler="together",
        )
        with work, db.phase("outbox.together", business_id):
            for event in events:
                for name in handlers:
                    db.add(
                        HandledEvent,
                        business_id=business_id,
                        event_id=event.id,
                        handler=name,
                        handled_at=clock.actual(),
                    )
                # Nobody has claimed it again since, who would do it twice.
                db.change_known(OutboxEvent, event.id, {"status": "done"}, status="pending", attempts=1)
            handle(events)
        for event in events:
            _tell(event, "together")
    except Exception as error:  # one of them has its trouble, which is looked for alone
        get_logger().info("batch_failed", topic=events[0].topic, events=len(events), error=repr(error))
        return False
    return True


def _tell(event: Event, handler: str) -> None:
    with context.work(event.request_id, **_names(event), handler=handler):
        get_logger().debug("event_handled", topic=event.topic)


def _names(event: Event) -> dict[str, str]:
    """What lines about the event name: its business, itself, and whatever its payload is about."""
    about = {name: str(value) for name, value in event.payload.items() if name.endswith("_id")}
    return {**about, "business_id": str(event.business_id), "event_id": str(event.id)}


@contextmanager
def handling(event: Event, handler: str) -> Iterator[None]:
    """Everything the first phase opened inside commits together with "this handler has had this event"."""

    def mark() -> None:
        db.add(
            HandledEvent,
            business_id=event.business_id,
            event_id=event.id,
            handler=handler,
            handled_at=clock.actual(),
        )

    token = db.first_write.set(mark)
    try:
        yield
        if db.first_write.get() is not None:
            with db.phase("outbox.mark", event.business_id):
                pass
    finally:
        db.first_write.reset(token)


@dataclass(frozen=True)
class _Claimed:
    """An event, how often it was claimed, this time included, and whether it failed before."""

    event: Event
    attempts: int
    has_failed: bool

    @property
    def is_first(self) -> bool:
        return self.attempts == 1 and not self.has_failed


def _claim(business_id: uuid.UUID) -> list[_Claimed]:
    """Events that are due and that nobody else's come before: oldest object first, each object's in their order."""
    moment = clock.actual()
    with db.phase("outbox.claim", business_id):
        claimed = db.rows(outbox_due.CLAIM, moment=moment, later=moment + timedelta(seconds=CLAIM_S))
    found = [_Claimed(Event(*tuple(row)[:-2]), int(row.attempts), row.error is not None) for row in claimed]
    found.sort(key=lambda each: each.event.sequence)
    oldest: dict[uuid.UUID, uuid.UUID] = {}
    for each in found:
        oldest.setdefault(each.event.aggregate_id, each.event.id)
    # Ids of two processes may differ in their order from what the object's lock allowed.
    return sorted(found, key=lambda each: (oldest[each.event.aggregate_id], each.event.sequence))


def _deliver(claimed: _Claimed, handlers: Sequence[tuple[str, Handler]]) -> int:
    event = claimed.event
    # Claimed for the first time, nobody can have had it.
    had = _handlers_that_had(event) if handlers and not claimed.is_first else frozenset()
    failed: dict[str, str] = {}
    for name, handler in handlers:
        if name in had:
            continue
        try:
            with context.work(event.request_id, **_names(event), handler=name), handling(event, name):
                handler(event)
            _tell(event, name)
        except Exception as error:  # a handler's trouble is its own: the others still get the event
            with context.work(event.request_id, **_names(event), handler=name):
                get_logger().warning("handler_failed", topic=event.topic, error=repr(error))
            failed[name] = f"{name}: {error!r}"[:500]
    _finish(event, failed, claimed.attempts, has_failed=claimed.has_failed)
    return 0 if failed else 1


def _handlers_that_had(event: Event) -> frozenset[str]:
    with db.reading(event.business_id):
        had = select(HandledEvent.handler).where(
            HandledEvent.business_id == event.business_id, HandledEvent.event_id == event.id
        )
        return frozenset(row.handler for row in db.rows(had))


def _finish(event: Event, failed: Mapping[str, str], attempts: int, *, has_failed: bool) -> None:
    error = "; ".join(failed.values()) or None
    with db.phase("outbox.finish", event.business_id):
        if error is None:
            db.write(db.change(OutboxEvent, event.id, status="done", error=None))
            for notify in recovered if has_failed else ():
                notify(event)
        elif attempts >= MAX_ATTEMPTS:
            db.write(db.change(OutboxEvent, event.id, status="dead", error=error))
            for report in abandoned:
                report(event, tuple(failed))
        else:
            pause = timedelta(seconds=min(2**attempts, 3600))
            db.write(db.change(OutboxEvent, event.id, due_at=clock.actual() + pause, error=error))


def replay(event_id: uuid.UUID) -> bool:
    """Make an event that was set aside due again, in the open phase; False when it was not set aside."""
    again = (
        update(OutboxEvent)
        .where(OutboxEvent.business_id == db.here(), OutboxEvent.id == event_id, OutboxEvent.status == "dead")
        .values(status="pending", attempts=0, due_at=clock.actual())
    )
    return db.run(again) == 1


def discard(event_id: uuid.UUID, *, reason: str) -> bool:
    """Leave an event that was set aside for good, in the open phase; False when it was not set aside."""
    left = (
        update(OutboxEvent)
        .where(OutboxEvent.business_id == db.here(), OutboxEvent.id == event_id, OutboxEvent.status == "dead")
        .values(status="done", error=f"discarded: {reason}")
    )
    return db.run(left) == 1
