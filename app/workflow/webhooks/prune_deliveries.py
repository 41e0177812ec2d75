"""Forgetting what endpoints were sent, with its tries."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import delete, select, text

from app.core import db
from app.domain.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.domain.webhooks.states import EndpointStatus, WebhookDeliveryStatus
from app.workflow.webhooks import manage_webhooks

BATCH = 1000
_WHY: dict[str, str] = {EndpointStatus.REMOVED: "endpoint removed", EndpointStatus.PAUSED: "expired"}
deliveries = db.table(WebhookDelivery)
# An event names those whose deliveries are there; the law that each has one is asked of them.
_UNWANT = text(
    "UPDATE outbox_events e SET listener_ids = (SELECT array_agg(endpoint_id) FROM unnest(e.listener_ids) AS"
    " endpoint_id"
    " WHERE NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.business_id = e.business_id AND d.event_id = e.id"
    " AND d.endpoint_id = endpoint_id AND d.id = ANY (:ids)))"
    " WHERE e.business_id = :business AND EXISTS (SELECT 1 FROM webhook_deliveries d"
    " WHERE d.business_id = e.business_id AND d.event_id = e.id AND d.id = ANY (:ids) AND d.origin = 'event')"
)


def prune_deliveries(business_id: uuid.UUID, before: datetime) -> int:
    """Forget deliveries that were made before then, with their tries; how many. What waits that long for an endpoint
    that is paused, or waits for one that was removed, is skipped first; their events stay."""
    for endpoint_id, status in _left_over(business_id, before):
        since = None if status == EndpointStatus.REMOVED else before
        manage_webhooks.skip_pending(business_id, endpoint_id, reason=_WHY[status], actor="system", before=since)
    forgotten = 0
    while found := _forget_some(business_id, before):
        forgotten += found
    return forgotten


def _forget_some(business_id: uuid.UUID, before: datetime) -> int:
    with db.system_phase("prune.deliveries"):
        here = deliveries.c.business_id == business_id
        old = here, deliveries.c.created_at < before, deliveries.c.status != WebhookDeliveryStatus.PENDING
        page = select(deliveries.c.id).where(*old).order_by(deliveries.c.created_at).limit(BATCH)
        ids = [row.id for row in db.rows(page)]
        if not ids:
            return 0
        db.run(_UNWANT.bindparams(ids=ids, business=business_id))
        db.run(
            delete(WebhookAttempt).where(WebhookAttempt.business_id == business_id, WebhookAttempt.delivery_id.in_(ids))
        )
        return db.run(delete(WebhookDelivery).where(here, deliveries.c.id.in_(ids)))


def _left_over(business_id: uuid.UUID, before: datetime) -> list[tuple[uuid.UUID, str]]:
    """(endpoint, its status) of those for whom something waits in vain."""
    endpoints = db.table(WebhookEndpoint)
    here = deliveries.c.business_id == endpoints.c.business_id, deliveries.c.endpoint_id == endpoints.c.id
    waits = select(deliveries.c.id).where(*here, deliveries.c.status == WebhookDeliveryStatus.PENDING)
    statement = select(endpoints.c.id, endpoints.c.status).where(
        endpoints.c.business_id == business_id,
        ((endpoints.c.status == EndpointStatus.REMOVED) & waits.exists())
        | ((endpoints.c.status == EndpointStatus.PAUSED) & waits.where(deliveries.c.created_at < before).exists()),
    )
    with db.system_reading():
        return [(row.id, row.status) for row in db.rows(statement.limit(BATCH))]
