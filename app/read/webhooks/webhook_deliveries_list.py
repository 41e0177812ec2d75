"""The list of webhook deliveries: each event on its way to an endpoint."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, false, select
from sqlalchemy.orm import Mapped

from app.core import db, ids, lists
from app.core.lists import Column, Filter, Listing, ListRequest
from app.core.paging import Key
from app.domain.webhooks.events import EVENT_TYPES
from app.domain.webhooks.models import WebhookDelivery, WebhookEndpoint
from app.domain.webhooks.states import EndpointStatus, WebhookDeliveryStatus
from app.read.webhooks.webhooks import deliveries, endpoints

if TYPE_CHECKING:

    class DeliveryRow(WebhookDelivery):
        """A delivery with its endpoint's address and description."""

        url: Mapped[str]
        description: Mapped[str]

else:
    DeliveryRow = WebhookDelivery

VIEWS = {
    "all": "All",
    WebhookDeliveryStatus.PENDING: "Pending",
    WebhookDeliveryStatus.DELIVERED: "Delivered",
    WebhookDeliveryStatus.FAILED: "Failed",
    WebhookDeliveryStatus.SKIPPED: "Skipped",
}


def read(request: ListRequest, after: Key | None, limit: int) -> Sequence[DeliveryRow]:
    """Deliveries that were asked for, behind `after`."""
    conditions = and_(endpoints.c.business_id == deliveries.c.business_id, endpoints.c.id == deliveries.c.endpoint_id)
    statement = (
        db.select_as(DeliveryRow, select(deliveries, endpoints.c.url, endpoints.c.description))
        .select_from(deliveries.join(endpoints, conditions))
        .where(deliveries.c.business_id == request.business_id, *_conditions(request))
    )
    with db.reading(request.business_id):
        return db.rows(request.in_order(statement, deliveries.c.created_at, deliveries.c.id, after, limit))


def _conditions(request: ListRequest) -> Sequence[ColumnElement[bool]]:
    conditions = request.days(deliveries.c.created_at)
    if view := request.text("view"):
        conditions.append(deliveries.c.status == view)
    if topic := request.text("topic"):
        conditions.append(deliveries.c.topic == topic)
    if endpoint := request.text("endpoint_id"):
        conditions.append(deliveries.c.endpoint_id == ids.try_parse(endpoint, "whe"))
    if text := request.text("q"):
        conditions.append(_named(text))
    return conditions


def _named(text: str) -> ColumnElement[bool]:
    """A delivery, or those of an event, by id."""
    for prefix, column in (("whd", deliveries.c.id), ("evt", deliveries.c.event_id)):
        row_id = ids.try_parse(text, prefix)
        if row_id is not None:
            return column == row_id
    return false()


def _endpoints(business_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    alive = endpoints.c.business_id == business_id, endpoints.c.status != EndpointStatus.REMOVED
    with db.reading(business_id):
        found = db.rows(select(endpoints).where(*alive).order_by(endpoints.c.created_at.desc()).limit(100))
    return [(ids.show("whe", row.id), _endpoint(row)) for row in found]


def _topics(business_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    del business_id  # the same for all
    return [(topic, topic) for topic in EVENT_TYPES]


def _endpoint(row: DeliveryRow | WebhookEndpoint) -> str:
    """What it is called; a secret may stand behind the `?` of its address."""
    return str(row.description or row.url.partition("?")[0])


WEBHOOK_DELIVERIES = lists.add(
    Listing(
        name="webhook_deliveries",
        title="Webhook deliveries",
        permission="webhooks.read",
        views=VIEWS,
        ordered_by="at",
        read=read,
        filters=(
            Filter(key="q", title="Find", kind="search", hint="Delivery or event id"),
            Filter(key="endpoint_id", title="Endpoint", kind="choice", choices=_endpoints),
            Filter(key="topic", title="Event", kind="choice", choices=_topics),
            Filter(key="from", title="From", kind="from"),
            Filter(key="to", title="To", kind="to"),
        ),
        columns=(
            Column(key="event", title="Event", value=lambda row: row.topic),
            Column(key="state", title="State", kind="state", value=lambda row: (row.status, None)),
            Column(key="endpoint", title="Endpoint", value=_endpoint),
            Column(key="answer", title="Response", value=lambda row: row.http_status or row.error),
            Column(key="attempt_count", title="Attempts", kind="number", value=lambda row: row.attempt_count),
            Column(key="at", title="When", kind="when", value=lambda row: row.created_at),
            Column(
                key="delivered_at", title="Delivered", kind="when", value=lambda row: row.delivered_at, default=False
            ),
            Column(
                key="next_attempt_at",
                title="Next attempt",
                kind="when",
                value=lambda row: row.next_attempt_at,
                default=False,
            ),
            Column(
                key="again",
                title="Resent by",
                kind="code",
                value=lambda row: row.actor if row.origin == "replay" else None,
                default=False,
            ),
            Column(key="delivery", title="Delivery", kind="id", value=lambda row: ("whd", row.id), default=False),
            Column(key="event_id", title="Event id", kind="id", value=lambda row: ("evt", row.event_id), default=False),
        ),
    )
)
