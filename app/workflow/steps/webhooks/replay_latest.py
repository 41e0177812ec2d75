"""The latest event of an object on its way to its endpoints again."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from app.core import clock, db
from app.core.db.models import OutboxEvent
from app.domain.webhooks import service as webhooks
from app.domain.webhooks.events import INTERNAL_TOPICS
from app.domain.webhooks.models import WebhookDelivery, WebhookEndpoint
from app.domain.webhooks.states import EndpointStatus, WebhookDeliveryStatus

events, deliveries = db.table(OutboxEvent), db.table(WebhookDelivery)
COLUMNS = events.c.id, events.c.topic, events.c.aggregate_id, events.c.sequence, events.c.created_at
EVENTS = db.select_as(OutboxEvent, select(*COLUMNS))


def replay_latest(object_id: uuid.UUID, *, actor: str) -> int:
    """In the open phase, send the latest event of an object that anybody was told of to those endpoints again; how
    many there are."""
    of_it = events.c.business_id == db.here(), events.c.aggregate_id == object_id, is_public()
    has_delivery = deliveries.c.business_id == db.here(), deliveries.c.event_id == events.c.id
    has_deliveries = select(deliveries.c.id).where(*has_delivery).exists()
    latest = EVENTS.where(*of_it, has_deliveries).order_by(events.c.sequence.desc()).limit(1)
    event = db.first(latest)
    if event is None:
        return 0
    whose = select(deliveries.c.endpoint_id).where(
        deliveries.c.business_id == db.here(), deliveries.c.event_id == event.id
    )
    endpoints = webhooks.lock_endpoints(sorted({row.endpoint_id for row in db.rows(whose)}))
    alive = [endpoint for endpoint in endpoints.values() if endpoint.status != EndpointStatus.REMOVED]
    for endpoint in alive:
        again(endpoint, event, actor)
    return len(alive)


def again(endpoint: WebhookEndpoint, event: OutboxEvent, actor: str) -> uuid.UUID:
    """In the open phase, with the endpoint locked: send it the event once more; the delivery's id. One that waits is
    sent now."""
    conditions = deliveries.c.business_id == db.here(), deliveries.c.endpoint_id == endpoint.id
    waits = deliveries.c.event_id == event.id, deliveries.c.status == WebhookDeliveryStatus.PENDING
    waiting = db.first(select(deliveries.c.id).where(*conditions, *waits).order_by(deliveries.c.id).limit(1))
    if waiting is None:
        return webhooks.add_deliveries([(event, endpoint)], origin="replay", actor=actor)[0]
    db.write(db.change(WebhookDelivery, waiting.id, next_attempt_at=clock.actual()), expect=1)
    db.write(db.change(WebhookEndpoint, endpoint.id, deferred_until=None), expect=1)
    webhooks.wake([endpoint.id])
    found: uuid.UUID = waiting.id
    return found


def is_public() -> Any:
    """Events that anybody outside may hear of."""
    return events.c.topic.not_in(INTERNAL_TOPICS)
