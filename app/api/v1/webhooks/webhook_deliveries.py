"""What is sent to endpoints, and how they took it."""

from typing import Annotated

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import ID_PATTERN, Answer, EventId, Moment, OneOf, moment_text
from app.api.v1.api import KeyCaller, v1
from app.api.v1.webhooks.events import Event
from app.core.ids import parse, show
from app.domain.webhooks.states import WebhookDeliveryStatus
from app.read.webhooks import webhooks
from app.workflow.webhooks import replay_webhooks

EndpointId = Annotated[str, Field(pattern=f"^whe_{ID_PATTERN}$", examples=["whe_01jd3w8n2q4zt5b7yk2hc5e4rv"])]


class WebhookDelivery(Answer):
    """One event on its way to one endpoint."""

    id: str
    endpoint_id: str
    event_id: str
    type: str
    status: Annotated[
        str,
        OneOf(WebhookDeliveryStatus),
        Field(description="`failed`: ten attempts in three days. `skipped`: no longer subscribed."),
    ]
    is_replay: bool
    attempt_count: int
    next_attempt_at: Moment | None
    http_status: Annotated[int | None, Field(description="Status of the last response.")]
    error: str | None
    delivered_at: Moment | None
    created_at: Moment


class WebhookAttempt(Answer):
    """One try of a delivery."""

    number: int
    created_at: Moment
    duration_ms: int
    url: str
    headers: Annotated[dict[str, str], Field(description="As sent, without the signature.")]
    http_status: int | None
    answer_headers: dict[str, str]
    answer: Annotated[str, Field(description="Up to the first 2,048 bytes.")]
    error: str | None


class WebhookDeliveryDetail(WebhookDelivery):
    """A delivery with its event and its tries."""

    event: Event
    attempts: Annotated[list[WebhookAttempt], Field(description="Newest first, up to 50.")]


class WebhookDeliveryQuery(ListQuery):
    """What a list of deliveries may be narrowed by."""

    endpoint_id: EndpointId | None = None
    event_id: EventId | None = None
    status: Annotated[str, OneOf(WebhookDeliveryStatus)] | None = None
    type: Annotated[str | None, Field(pattern="^[a-z_]{1,40}\\.[a-z_]{1,40}$")] = None


@v1.get(
    "/webhook_deliveries",
    query=WebhookDeliveryQuery,
    answer=Page[WebhookDelivery],
    permission="webhooks.read",
    tag="Webhooks",
)
def list_webhook_deliveries(caller: KeyCaller, query: WebhookDeliveryQuery) -> Page[WebhookDelivery]:
    """List deliveries to endpoints.

    Newest first; they are kept for 30 days.
    """
    filters = webhooks.Filter(
        endpoint_id=parse("whe", query.endpoint_id) if query.endpoint_id else None,
        event_id=parse("evt", query.event_id) if query.event_id else None,
        status=query.status or "",
        topic=query.type or "",
    )
    found = webhooks.list_deliveries(caller.business_id, filters, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_delivery, key=lambda row: (row.created_at, row.id))


@v1.get(
    "/webhook_deliveries/{webhook_delivery_id}",
    answer=WebhookDeliveryDetail,
    permission="webhooks.read",
    tag="Webhooks",
)
def get_webhook_delivery(caller: KeyCaller, webhook_delivery_id: str) -> WebhookDeliveryDetail:
    """Get a delivery to an endpoint.

    With the event as it is sent, and every try.
    """
    found = webhooks.get_delivery(caller.business_id, parse("whd", webhook_delivery_id))
    attempts = [_attempt(row) for row in found.attempts]
    return WebhookDeliveryDetail(**vars(_delivery(found.row)), event=Event(**found.body), attempts=attempts)


@v1.post(
    "/webhook_deliveries/{webhook_delivery_id}/replay",
    answer=WebhookDelivery,
    status=202,
    permission="webhooks.write",
    tag="Webhooks",
)
def replay_webhook_delivery(caller: KeyCaller, webhook_delivery_id: str) -> WebhookDelivery:
    """Send a delivery again.

    Whatever became of it. One that waits is sent now; otherwise the answer is a new one, of the same event.
    """
    known = parse("whd", webhook_delivery_id)
    fresh = replay_webhooks.replay_delivery(caller.business_id, known, actor=caller.actor)
    return _delivery(webhooks.get_delivery(caller.business_id, fresh).row)


def _delivery(row: webhooks.DeliveryRow) -> WebhookDelivery:
    return WebhookDelivery(
        id=show("whd", row.id),
        endpoint_id=show("whe", row.endpoint_id),
        event_id=show("evt", row.event_id),
        type=row.topic,
        status=row.status,
        is_replay=row.origin == "replay",
        attempt_count=row.attempt_count,
        next_attempt_at=moment_text(row.next_attempt_at),
        http_status=row.http_status,
        error=row.error,
        delivered_at=moment_text(row.delivered_at),
        created_at=moment_text(row.created_at),
    )


def _attempt(row: webhooks.AttemptRow) -> WebhookAttempt:
    return WebhookAttempt(
        number=row.number,
        created_at=moment_text(row.created_at),
        duration_ms=row.duration_ms,
        url=row.url,
        headers=row.headers,
        http_status=row.http_status,
        answer_headers=row.answer_headers,
        answer=row.answer,
        error=row.error,
    )
