"""Sending events again: one, those of a time, those that an endpoint missed, also those it had. An event keeps its id
and its number, so that whoever has had it can tell."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select

from app.core import clock, db
from app.core.db.models import OutboxEvent
from app.core.errors import Conflict, NotFound
from app.core.ids import first_at
from app.domain.webhooks import rules
from app.domain.webhooks import service as webhooks
from app.domain.webhooks.models import WebhookDelivery, WebhookEndpoint
from app.domain.webhooks.states import EndpointStatus, WebhookDeliveryStatus
from app.workflow.operations.subscribers import UNSPOKEN

BATCH = 200
MOST = 5000
events, deliveries = OutboxEvent.__table__, WebhookDelivery.__table__
_COLUMNS = events.c.id, events.c.topic, events.c.aggregate_id, events.c.sequence, events.c.created_at


@dataclass(frozen=True, kw_only=True)
class Extent:
    """Which events: those from `since` (None: since the endpoint was made) until `until` (None: now) that it asks for
    now; all of them, or only those that it has not had. What is on its way already is left out."""

    since: datetime | None = None
    until: datetime | None = None
    also_delivered: bool = False


@dataclass(frozen=True)
class Replayed:
    """How many events are on their way again; when there are more than one call takes, `go_on_from` is where the rest
    begins."""

    count: int
    go_on_from: datetime | None


def replay_delivery(business_id: uuid.UUID, delivery_id: uuid.UUID, *, actor: str) -> uuid.UUID:
    """Send this delivery's event to its endpoint once more, whatever became of it; one that waits is sent now. The
    id of the delivery that is on its way.

    Raises:
        NotFound: there is none, or its endpoint was removed.
    """
    with db.phase("replay_webhooks.one", business_id):
        mine = deliveries.c.business_id == business_id, deliveries.c.id == delivery_id
        endpoint_id = db.scalar(select(deliveries.c.endpoint_id).where(*mine))
        if endpoint_id is None:
            raise NotFound("not_found", "There is no such delivery.")
        endpoint = webhooks.lock_endpoint(endpoint_id)
        return _again(endpoint, _event(webhooks.by_id([delivery_id])[delivery_id].event_id), actor)


def replay_event(business_id: uuid.UUID, endpoint_id: uuid.UUID, event_id: uuid.UUID, *, actor: str) -> uuid.UUID:
    """Send this event to the endpoint, though it may never have asked for it; the delivery's id.

    Raises:
        NotFound: there is no such endpoint or event.
    """
    with db.phase("replay_webhooks.event", business_id):
        return _again(webhooks.lock_endpoint(endpoint_id), _event(event_id), actor)


def replay_extent(business_id: uuid.UUID, endpoint_id: uuid.UUID, extent: Extent, *, actor: str) -> Replayed:
    """Send the events of an extent to the endpoint, oldest first, MOST at a time.

    Raises:
        NotFound: there is no such endpoint. Conflict: it reaches back further than deliveries are kept.
    """
    if extent.since is not None and extent.since < clock.now() - rules.KEEP:
        raise Conflict("too_long_ago", f"Events can be sent again for {rules.KEEP.days} days.")
    count, last = 0, None
    while True:
        with db.phase("replay_webhooks.some", business_id):
            endpoint = webhooks.lock_endpoint(endpoint_id)
            some = _some(endpoint, extent, last)
            webhooks.add_deliveries([(event, endpoint) for event in some], origin="replay", actor=actor)
        count += len(some)
        last = some[-1].id if some else last
        if len(some) < BATCH:
            return Replayed(count, None)
        if count >= MOST:
            return Replayed(count, some[-1].created_at)


def replay_latest(object_id: uuid.UUID, *, actor: str) -> int:
    """In the open phase, send the latest event of an object that anybody was told of to those endpoints again; how
    many there are."""
    of_it = events.c.business_id == db.here(), events.c.aggregate_id == object_id, _spoken()
    told = deliveries.c.business_id == db.here(), deliveries.c.event_id == events.c.id
    has_deliveries = select(deliveries.c.id).where(*told).exists()
    latest = select(*_COLUMNS).where(*of_it, has_deliveries).order_by(events.c.sequence.desc()).limit(1)
    event = db.first(latest)
    if event is None:
        return 0
    whose = select(deliveries.c.endpoint_id).where(
        deliveries.c.business_id == db.here(), deliveries.c.event_id == event.id
    )
    endpoints = webhooks.lock_endpoints(sorted({row.endpoint_id for row in db.rows(whose)}))
    alive = [endpoint for endpoint in endpoints.values() if endpoint.status != EndpointStatus.REMOVED]
    for endpoint in alive:
        _again(endpoint, event, actor)
    return len(alive)


def _again(endpoint: Row[Any], event: Row[Any], actor: str) -> uuid.UUID:
    mine = deliveries.c.business_id == db.here(), deliveries.c.endpoint_id == endpoint.id
    waits = deliveries.c.event_id == event.id, deliveries.c.status == WebhookDeliveryStatus.PENDING
    waiting = db.first(select(deliveries.c.id).where(*mine, *waits).order_by(deliveries.c.id).limit(1))
    if waiting is None:
        return webhooks.add_deliveries([(event, endpoint)], origin="replay", actor=actor)[0]
    db.write(db.change(WebhookDelivery, waiting.id, next_try_at=clock.now()), expect=1)
    db.write(db.change(WebhookEndpoint, endpoint.id, held_until=None), expect=1)
    webhooks.wake([endpoint.id])
    found: uuid.UUID = waiting.id
    return found


def _event(event_id: uuid.UUID) -> Row[Any]:
    found = db.first(select(*_COLUMNS).where(events.c.business_id == db.here(), events.c.id == event_id, _spoken()))
    if found is None:
        raise NotFound("not_found", "There is no such event.")
    return found


def _some(endpoint: Row[Any], extent: Extent, last: uuid.UUID | None) -> Sequence[Row[Any]]:
    since = max(extent.since or endpoint.created_at, clock.now() - rules.KEEP)
    statement = select(*_COLUMNS).where(events.c.business_id == db.here(), events.c.id >= first_at(since), _spoken())
    if last is not None:
        statement = statement.where(events.c.id > last)
    if extent.until is not None:
        statement = statement.where(events.c.id < first_at(extent.until))
    # A test is not replayed by the dozen, but one by one it may be.
    statement = statement.where(events.c.topic != "webhook.test")
    had = (
        (WebhookDeliveryStatus.PENDING, WebhookDeliveryStatus.DELIVERED)
        if not extent.also_delivered
        else (WebhookDeliveryStatus.PENDING,)
    )
    ours = deliveries.c.business_id == db.here(), deliveries.c.endpoint_id == endpoint.id
    known = select(deliveries.c.id).where(*ours, deliveries.c.event_id == events.c.id, deliveries.c.status.in_(had))
    # Events that are not told yet become deliveries by themselves.
    told = events.c.told_at.is_not(None) | events.c.wanted_by.is_(None)
    asked = _asks_for(endpoint)
    return db.rows(statement.where(asked, told, ~known.exists()).order_by(events.c.id).limit(BATCH))


def _asks_for(endpoint: Row[Any]) -> Any:
    if "*" in endpoint.topics:
        return events.c.topic.like("%")
    whole = [topic for topic in endpoint.topics if topic.endswith(".*")]
    heads = [events.c.topic.startswith(topic[:-1], autoescape=True) for topic in whole]
    return or_(events.c.topic.in_(endpoint.topics), *heads)


def _spoken() -> Any:
    return events.c.topic.not_in(UNSPOKEN)
