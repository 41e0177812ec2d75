"""Forgetting what was kept only for a time."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, text, tuple_

from app.core import clock, db
from app.core.models import IdempotencyKey
from app.domain.payments.refused import RefusedNotice, RefusedNoticeCount
from app.domain.requests.models import RequestLog
from app.domain.webhooks import rules
from app.domain.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookTry
from app.workflow import manage_webhooks

KEEP = timedelta(hours=48)
KEEP_REQUESTS = timedelta(days=30)
KEEP_REFUSED = timedelta(days=30)
BATCH = 1000
_WHY = {"removed": "endpoint removed", "paused": "waited too long"}
deliveries = WebhookDelivery.__table__
# An event names those whose deliveries are there; the law that each has one is asked of them.
_UNWANT = text(
    "UPDATE outbox_events e SET wanted_by = (SELECT array_agg(endpoint_id) FROM unnest(e.wanted_by) AS endpoint_id"
    " WHERE NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.business_id = e.business_id AND d.event_id = e.id"
    " AND d.endpoint_id = endpoint_id AND d.id = ANY (:ids)))"
    " WHERE EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.business_id = e.business_id AND d.event_id = e.id"
    " AND d.id = ANY (:ids) AND d.origin = 'event')"
)


def prune_keys() -> int:
    """Forget idempotency keys older than two days; how many."""
    with db.system_phase("prune.keys"):
        old = delete(IdempotencyKey).where(IdempotencyKey.created_at < clock.now() - KEEP)
        return db.run(old)


def prune_request_log() -> int:
    """Forget requests of more than a month ago; how many."""
    logs, before, forgotten = RequestLog.__table__, clock.now() - KEEP_REQUESTS, 0
    while True:
        with db.system_phase("prune.requests"):
            key = tuple_(logs.c.business_id, logs.c.id)
            old = select(logs.c.business_id, logs.c.id).where(logs.c.created_at < before).limit(BATCH)
            done = db.run(delete(RequestLog).where(key.in_(old)))
        forgotten += done
        if done < BATCH:
            return forgotten


def prune_refused_notices() -> int:
    """Forget refused notices of more than a month ago, and how many there were; how many rows."""
    return sum(_forget_refused(table, moment) for table, moment in (
        (RefusedNotice.__table__, RefusedNotice.__table__.c.created_at),
        (RefusedNoticeCount.__table__, RefusedNoticeCount.__table__.c.hour),
    ))  # fmt: skip


def _forget_refused(table: Any, moment: Any) -> int:
    before, forgotten = clock.now() - KEEP_REFUSED, 0
    while True:
        with db.system_phase("prune.refused_notices"):
            old = select(table.c.business_id, table.c.id).where(moment < before).limit(BATCH)
            done = db.run(delete(table).where(tuple_(table.c.business_id, table.c.id).in_(old)))
        forgotten += done
        if done < BATCH:
            return forgotten


def prune_deliveries() -> int:
    """Forget deliveries to endpoints that were made long ago, with their tries; how many. What waits that long for an
    endpoint that is paused, or waits for one that was removed, is skipped first; their events stay."""
    for business_id, endpoint_id, status in _left_over():
        reason, before = _WHY[status], None if status == "removed" else clock.now() - rules.KEEP
        manage_webhooks.skip_pending(business_id, endpoint_id, reason=reason, actor="system", before=before)
    forgotten = 0
    while found := _forget_some():
        forgotten += found
    return forgotten


def _forget_some() -> int:
    before = clock.now() - rules.KEEP
    with db.system_phase("prune.deliveries"):
        old = deliveries.c.created_at < before, deliveries.c.status != "pending"
        ids = [row.id for row in db.rows(select(deliveries.c.id).where(*old).limit(BATCH))]
        db.run(_UNWANT.bindparams(ids=ids))
        db.run(delete(WebhookTry).where(WebhookTry.delivery_id.in_(ids)))
        return db.run(delete(WebhookDelivery).where(deliveries.c.id.in_(ids)))


def _left_over() -> list[tuple[uuid.UUID, uuid.UUID, str]]:
    """(business, endpoint, its status) of those for whom something waits in vain."""
    endpoints = WebhookEndpoint.__table__
    before = clock.now() - rules.KEEP
    here = deliveries.c.business_id == endpoints.c.business_id, deliveries.c.endpoint_id == endpoints.c.id
    waits = select(deliveries.c.id).where(*here, deliveries.c.status == "pending")
    columns = endpoints.c.business_id, endpoints.c.id, endpoints.c.status
    statement = select(*columns).where(
        ((endpoints.c.status == "removed") & waits.exists())
        | ((endpoints.c.status == "paused") & waits.where(deliveries.c.created_at < before).exists())
    )
    with db.system_reading():
        return [(row.business_id, row.id, row.status) for row in db.rows(statement.limit(BATCH))]
