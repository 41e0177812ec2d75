"""Endpoints of merchants, what is sent to them, and what they answered."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from app.core import clock, db, paging
from app.core.db.models import OutboxEvent
from app.core.db.typed import AnySelect
from app.core.paging import After, newest_first
from app.domain.webhooks import rules
from app.domain.webhooks.events import EventBody, body_of
from app.domain.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.domain.webhooks.states import EndpointStatus, WebhookDeliveryStatus

EndpointRow = WebhookEndpoint  # for those who show one
DeliveryRow = WebhookDelivery
AttemptRow = WebhookAttempt
endpoints, deliveries = db.table(WebhookEndpoint), db.table(WebhookDelivery)
attempts, events = db.table(WebhookAttempt), db.table(OutboxEvent)
PAGE = 50
# Of what waits, no more than this is counted.
MAX_COUNTED = 1000
STATUSES = (
    WebhookDeliveryStatus.PENDING,
    WebhookDeliveryStatus.DELIVERED,
    WebhookDeliveryStatus.FAILED,
    WebhookDeliveryStatus.SKIPPED,
)


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What a list of deliveries is narrowed to; what is empty is not asked for."""

    endpoint_id: uuid.UUID | None = None
    event_id: uuid.UUID | None = None
    status: str = ""
    topic: str = ""


@dataclass(frozen=True)
class EndpointState:
    """How an endpoint stands: what waits for it (MAX_COUNTED at most), and what it took and did not take for good in
    the last day."""

    row: WebhookEndpoint
    waiting: int
    delivered: int
    failed: int

    @property
    def is_in_trouble(self) -> bool:
        """Whether people should look at it."""
        return self.row.pause_reason in ("failing", "gone") or self.row.failures >= rules.TROUBLE


@dataclass(frozen=True)
class DeliveryPage:
    """A delivery with its endpoint, its event as it is sent, and every try, the newest first."""

    row: WebhookDelivery
    endpoint: WebhookEndpoint
    body: EventBody
    attempts: tuple[WebhookAttempt, ...]


def list_endpoints(business_id: uuid.UUID, *, after: After, limit: int) -> list[WebhookEndpoint]:
    """Endpoints that were not removed, newest first, one more than `limit`."""
    alive = endpoints.c.business_id == business_id, endpoints.c.status != EndpointStatus.REMOVED
    with db.reading(business_id):
        return list(db.rows(newest_first(select(endpoints).where(*alive), endpoints, after, limit)))


def get_endpoint(business_id: uuid.UUID, endpoint_id: uuid.UUID) -> WebhookEndpoint:
    """One endpoint.

    Raises:
        NotFound: there is none, or it was removed.
    """
    with db.reading(business_id):
        return db.get(WebhookEndpoint, endpoint_id, endpoints.c.status != EndpointStatus.REMOVED)


def endpoint_states(business_id: uuid.UUID) -> list[EndpointState]:
    """How every endpoint stands, newest first."""
    rows = list_endpoints(business_id, after=None, limit=100)
    with db.reading(business_id):
        return [_endpoint_state(row) for row in rows]


def endpoint_state(business_id: uuid.UUID, endpoint_id: uuid.UUID) -> EndpointState:
    """How one endpoint stands.

    Raises:
        NotFound: there is none.
    """
    row = get_endpoint(business_id, endpoint_id)
    with db.reading(business_id):
        return _endpoint_state(row)


def in_trouble(business_id: uuid.UUID) -> list[WebhookEndpoint]:
    """Endpoints that people should look at: paused by themselves, or failing again and again."""
    conditions = endpoints.c.business_id == business_id, endpoints.c.status != EndpointStatus.REMOVED
    bad = endpoints.c.pause_reason.in_(("failing", "gone")) | (endpoints.c.failures >= rules.TROUBLE)
    with db.reading(business_id):
        return list(db.rows(select(endpoints).where(*conditions, bad).order_by(endpoints.c.id).limit(20)))


def list_deliveries(business_id: uuid.UUID, filters: Filter, *, after: After, limit: int) -> list[WebhookDelivery]:
    """Deliveries, newest first, one more than `limit`."""
    statement = select(deliveries).where(deliveries.c.business_id == business_id)
    for column, value in (("endpoint_id", filters.endpoint_id), ("event_id", filters.event_id)):
        statement = statement.where(deliveries.columns[column] == value) if value else statement
    for column, text in (("status", filters.status), ("topic", filters.topic)):
        statement = statement.where(deliveries.columns[column] == text) if text else statement
    with db.reading(business_id):
        return list(db.rows(newest_first(statement, deliveries, after, limit)))


def page_of_deliveries(business_id: uuid.UUID, filters: Filter, *, cursor: str) -> paging.Page[WebhookDelivery]:
    """A page of the portal's list."""
    found = list_deliveries(business_id, filters, after=paging.key_of(cursor), limit=PAGE)
    shown, next_cursor = paging.cut(found, PAGE)
    return paging.Page(tuple(shown), next_cursor)


def get_delivery(business_id: uuid.UUID, delivery_id: uuid.UUID) -> DeliveryPage:
    """A delivery with all that is known of it.

    Raises:
        NotFound: there is none.
    """
    with db.reading(business_id):
        row = db.get(WebhookDelivery, delivery_id)
        endpoint = db.get(WebhookEndpoint, row.endpoint_id)
        of_it = attempts.c.business_id == business_id, attempts.c.delivery_id == delivery_id
        made = db.rows(select(attempts).where(*of_it).order_by(attempts.c.number.desc()).limit(50))
        return DeliveryPage(row, endpoint, _body(row.event_id), tuple(made))


def event_body(business_id: uuid.UUID, event_id: uuid.UUID) -> EventBody:
    """An event as the outside sees it.

    Raises:
        NotFound: there is none.
    """
    with db.reading(business_id):
        return _body(event_id)


def _body(event_id: uuid.UUID) -> EventBody:
    row = db.get(OutboxEvent, event_id)
    return body_of(
        row.id,
        row.topic,
        at=row.created_at,
        payload=row.payload,
        object_id=row.aggregate_id,
        sequence=row.sequence,
    )


def _endpoint_state(row: WebhookEndpoint) -> EndpointState:
    since = clock.actual() - timedelta(days=1)
    conditions = deliveries.c.business_id == row.business_id, deliveries.c.endpoint_id == row.id
    of_today = select(deliveries.c.id).where(*conditions, deliveries.c.created_at >= since)
    return EndpointState(
        row,
        waiting=_count(
            select(deliveries.c.id).where(*conditions, deliveries.c.status == WebhookDeliveryStatus.PENDING)
        ),
        delivered=_count(of_today.where(deliveries.c.status == WebhookDeliveryStatus.DELIVERED)),
        failed=_count(of_today.where(deliveries.c.status == WebhookDeliveryStatus.FAILED)),
    )


def _count(some: AnySelect) -> int:
    return int(db.scalar(select(func.count()).select_from(some.limit(MAX_COUNTED).subquery())))
