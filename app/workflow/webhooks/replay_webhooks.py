"""Sending events again: one, those of a time, those that an endpoint missed, also those it had. An event keeps its id
and its number, so that whoever has had it can tell."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from app.core import clock, db
from app.core.db.models import OutboxEvent
from app.core.errors import Conflict, NotFound
from app.core.ids import first_at, made_at
from app.domain.webhooks import rules
from app.domain.webhooks import service as webhooks
from app.domain.webhooks.models import WebhookEndpoint
from app.domain.webhooks.states import WebhookDeliveryStatus
from app.workflow.steps.webhooks.replay_latest import EVENTS, again, deliveries, events, is_public

BATCH = 200
MAX_COUNT = 5000


@dataclass(frozen=True, kw_only=True)
class Extent:
    """Which events: those from `since` (None: since the endpoint was made) until `until` (None: now) that it asks for
    now; all of them, or only those that it has not had. What is on its way already is left out."""

    since: datetime | None = None
    until: datetime | None = None
    also_delivered: bool = False


@dataclass(frozen=True)
class Replayed:
    """How many events are on their way again; when there are more than one call takes, `resume_from` is where the rest
    begins."""

    count: int
    resume_from: datetime | None


def replay_delivery(business_id: uuid.UUID, delivery_id: uuid.UUID, *, actor: str) -> uuid.UUID:
    """Send this delivery's event to its endpoint once more, whatever became of it; one that waits is sent now. The
    id of the delivery that is on its way.

    Raises:
        NotFound: there is none, or its endpoint was removed.
    """
    with db.phase("replay_webhooks.one", business_id):
        conditions = deliveries.c.business_id == business_id, deliveries.c.id == delivery_id
        endpoint_id = db.scalar(select(deliveries.c.endpoint_id).where(*conditions))
        if endpoint_id is None:
            raise NotFound("not_found", "There is no such delivery.")
        endpoint = webhooks.lock_endpoint(endpoint_id)
        return again(endpoint, _event(webhooks.by_id([delivery_id])[delivery_id].event_id), actor)


def replay_event(business_id: uuid.UUID, endpoint_id: uuid.UUID, event_id: uuid.UUID, *, actor: str) -> uuid.UUID:
    """Send this event to the endpoint, though it may never have asked for it; the delivery's id.

    Raises:
        NotFound: there is no such endpoint or event.
    """
    with db.phase("replay_webhooks.event", business_id):
        return again(webhooks.lock_endpoint(endpoint_id), _event(event_id), actor)


def replay_extent(business_id: uuid.UUID, endpoint_id: uuid.UUID, extent: Extent, *, actor: str) -> Replayed:
    """Send the events of an extent to the endpoint, oldest first, MAX_COUNT at a time.

    Raises:
        NotFound: there is no such endpoint. Conflict: it reaches back further than deliveries are kept.
    """
    if extent.since is not None and extent.since < clock.actual() - rules.RETENTION:
        raise Conflict("too_long_ago", f"Events can be resent for {rules.RETENTION.days} days.")
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
        if count >= MAX_COUNT:
            return Replayed(count, some[-1].created_at)


def _event(event_id: uuid.UUID) -> OutboxEvent:
    found = db.first(EVENTS.where(events.c.business_id == db.here(), events.c.id == event_id, is_public()))
    if found is None:
        raise NotFound("not_found", "There is no such event.")
    return found


def _some(endpoint: WebhookEndpoint, extent: Extent, last: uuid.UUID | None) -> Sequence[OutboxEvent]:
    since = max(extent.since or made_at(endpoint.id) or endpoint.created_at, clock.actual() - rules.RETENTION)
    statement = EVENTS.where(events.c.business_id == db.here(), events.c.id >= first_at(since), is_public())
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
    conditions = deliveries.c.business_id == db.here(), deliveries.c.endpoint_id == endpoint.id
    known = select(deliveries.c.id).where(
        *conditions, deliveries.c.event_id == events.c.id, deliveries.c.status.in_(had)
    )
    # Events that are not told yet become deliveries by themselves.
    is_fanned_out = events.c.fanned_out_at.is_not(None) | events.c.listener_ids.is_(None)
    is_subscribed = _subscribes_to(endpoint)
    return db.rows(statement.where(is_subscribed, is_fanned_out, ~known.exists()).order_by(events.c.id).limit(BATCH))


def _subscribes_to(endpoint: WebhookEndpoint) -> Any:
    if "*" in endpoint.topics:
        return events.c.topic.like("%")
    whole = [topic for topic in endpoint.topics if topic.endswith(".*")]
    heads = [events.c.topic.startswith(topic[:-1], autoescape=True) for topic in whole]
    return or_(events.c.topic.in_(endpoint.topics), *heads)
