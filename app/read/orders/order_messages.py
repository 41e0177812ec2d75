"""What people and systems outside were told: mails to the buyer, and events to the merchant's endpoints."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import and_, select

from app.core import db
from app.core.db.models import OutboxEvent
from app.domain.notifications.mails.models import Mail
from app.domain.webhooks.models import WebhookDelivery, WebhookEndpoint
from app.read.orders.order_rows import WebhookRow

MAX_ROWS = 500


def mails_about(business_id: uuid.UUID, order_id: uuid.UUID) -> tuple[Mail, ...]:
    """Mails to the buyer of an order, oldest first; in the open reading."""
    mails = db.table(Mail)
    query = select(mails).where(mails.c.business_id == business_id, mails.c.order_id == order_id)
    return tuple(db.rows(query.order_by(mails.c.created_at, mails.c.id).limit(MAX_ROWS)))


def webhooks_about(business_id: uuid.UUID, object_ids: Sequence[uuid.UUID]) -> tuple[WebhookRow, ...]:
    """Deliveries of events of these objects, oldest first; in the open reading."""
    events, sent, endpoints = db.table(OutboxEvent), db.table(WebhookDelivery), db.table(WebhookEndpoint)
    of_event = and_(sent.c.business_id == events.c.business_id, sent.c.event_id == events.c.id)
    to = and_(endpoints.c.business_id == sent.c.business_id, endpoints.c.id == sent.c.endpoint_id)
    query = (
        select(sent, endpoints.c.url)
        .select_from(events.join(sent, of_event).join(endpoints, to))
        .where(events.c.business_id == business_id, events.c.aggregate_id.in_(object_ids))
        .order_by(sent.c.created_at, sent.c.id)
        .limit(MAX_ROWS)
    )
    return tuple(db.rows(db.select_as(WebhookRow, query)))


def mail_state(row: Mail) -> str:
    """`sent`, `waiting`, `failed` when it is not tried any more, or `discarded` when somebody decided so."""
    if row.sent_at is not None:
        return "sent"
    if row.next_attempt_at is not None:
        return "waiting"
    return "failed" if row.discarded_at is None else "discarded"
