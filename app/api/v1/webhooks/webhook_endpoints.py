"""Endpoints that events are sent to."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    PRINTABLE,
    Answer,
    EventId,
    HttpUrl,
    Moment,
    MomentIn,
    OneOf,
    Shape,
    moment_in,
    moment_text,
)
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.domain.webhooks.states import EndpointStatus
from app.read.webhooks import webhooks
from app.workflow.webhooks import manage_webhooks, replay_webhooks
from app.workflow.webhooks.manage_webhooks import EndpointCommand
from app.workflow.webhooks.replay_webhooks import Extent

EventFilter = Annotated[str, Field(min_length=1, max_length=80, examples=["order.paid"])]
EventFilters = Annotated[
    list[EventFilter],
    Field(min_length=1, max_length=60, description="Event types, `order.*` for all types of an object, `*` for all."),
]
Description = Annotated[str, Field(max_length=200), PRINTABLE]
MAX_OVERLAP_S = int(manage_webhooks.MAX_SECRET_OVERLAP.total_seconds())


class WebhookEndpointRequest(Shape):
    """An endpoint to be made."""

    url: HttpUrl
    events: EventFilters
    description: Description = ""
    in_order: Annotated[
        bool, Field(description="Whether later events of an object wait until earlier ones are delivered.")
    ] = True


class WebhookEndpointChange(Shape):
    """What shall be different; what is not named stays."""

    url: HttpUrl | None = None
    events: EventFilters | None = None
    description: Description | None = None
    in_order: bool | None = None


class WebhookEndpoint(Answer):
    """An address of yours that events are sent to."""

    id: str
    url: str
    description: str
    events: list[str]
    in_order: bool
    status: Annotated[str, OneOf((EndpointStatus.ENABLED, EndpointStatus.PAUSED))]
    pause_reason: Annotated[
        Annotated[str, OneOf(("manual", "failing", "gone"))] | None,
        Field(description="`failing`: failed for days. `gone`: returned 410. Events are queued."),
    ]
    failures: Annotated[int, Field(description="Failures since the last success.")]
    failing_since: Moment | None
    last_error: str | None
    succeeded_at: Annotated[Moment | None, Field(description="Time of the last success.")]
    created_at: Moment


class NewWebhookEndpoint(WebhookEndpoint):
    """A new endpoint with its secret, which is shown only here."""

    secret: Annotated[str, Field(description="`whsec_…`: signs the deliveries.")]


class EnableRequest(Shape):
    """How to go on."""

    waiting: Annotated[
        Literal["send", "skip"], Field(description="Whether to send or skip events that happened while paused.")
    ] = "send"


class RollRequest(Shape):
    """How long the old secret counts beside the new one."""

    overlap_s: Annotated[int, Field(ge=0, le=MAX_OVERLAP_S, description="In seconds. Defaults to one day.")] = 86_400


class RolledSecret(Answer):
    """The new secret, which is shown only here."""

    secret: str
    old_until: Annotated[Moment | None, Field(description="Deliveries carry two signatures until then.")]


class TestEvent(Answer):
    """A test on its way."""

    event_id: str


class ReplayRequest(Shape):
    """What is to be sent again: one event, or those of a time."""

    event_id: Annotated[EventId | None, Field(description="Only this event.")] = None
    since: Annotated[MomentIn | None, Field(description="Up to 30 days back. Defaults to the endpoint’s creation.")] = (
        None
    )
    until: MomentIn | None = None
    which: Annotated[
        Literal["missing", "all"], Field(description="Undelivered events only, or also delivered ones.")
    ] = "missing"


class Replay(Answer):
    """What is on its way again."""

    count: int
    resume_from: Annotated[Moment | None, Field(description="There are more; repeat with this as `since`.")]


@v1.post(
    "/webhook_endpoints",
    body=WebhookEndpointRequest,
    answer=NewWebhookEndpoint,
    status=201,
    permission="webhooks.write",
    idempotent=True,
    secret=True,
    tag="Webhooks",
    errors=("invalid_url", "unknown_event_type", "limit_reached"),
)
def create_webhook_endpoint(
    caller: KeyCaller, body: WebhookEndpointRequest, claim_id: UUID
) -> Callable[[], NewWebhookEndpoint]:
    """Make an endpoint.

    It hears of what happens from now on. Keep its `secret`: it is shown only here.
    """
    command = EndpointCommand(body.url, body.events, body.description, body.in_order)
    made = manage_webhooks.create_endpoint(caller.business_id, command, actor=caller.actor, endpoint_id=claim_id)
    return lambda: NewWebhookEndpoint(
        **vars(_endpoint(webhooks.get_endpoint(caller.business_id, made.id))), secret=made.secret
    )


@v1.get("/webhook_endpoints", query=ListQuery, answer=Page[WebhookEndpoint], permission="webhooks.read", tag="Webhooks")
def list_webhook_endpoints(caller: KeyCaller, query: ListQuery) -> Page[WebhookEndpoint]:
    """List endpoints.

    Newest first.
    """
    found = webhooks.list_endpoints(caller.business_id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_endpoint, key=lambda row: (row.created_at, row.id))


@v1.get("/webhook_endpoints/{endpoint_id}", answer=WebhookEndpoint, permission="webhooks.read", tag="Webhooks")
def get_webhook_endpoint(caller: KeyCaller, endpoint_id: str) -> WebhookEndpoint:
    """Get an endpoint."""
    return _endpoint(webhooks.get_endpoint(caller.business_id, parse("whe", endpoint_id)))


@v1.patch(
    "/webhook_endpoints/{endpoint_id}",
    body=WebhookEndpointChange,
    answer=WebhookEndpoint,
    permission="webhooks.write",
    tag="Webhooks",
    errors=("invalid_url", "unknown_event_type"),
)
def change_webhook_endpoint(caller: KeyCaller, endpoint_id: str, body: WebhookEndpointChange) -> WebhookEndpoint:
    """Change an endpoint.

    It hears of other events from now on; what waits for it goes to the new address.
    """
    parsed_id = parse("whe", endpoint_id)
    row = webhooks.get_endpoint(caller.business_id, parsed_id)
    command = EndpointCommand(
        url=row.url if body.url is None else body.url,
        topics=row.topics if body.events is None else body.events,
        description=row.description if body.description is None else body.description,
        in_order=row.in_order if body.in_order is None else body.in_order,
    )
    manage_webhooks.change_endpoint(caller.business_id, parsed_id, command)
    return _endpoint(webhooks.get_endpoint(caller.business_id, parsed_id))


@v1.delete("/webhook_endpoints/{endpoint_id}", status=204, permission="webhooks.write", tag="Webhooks")
def remove_webhook_endpoint(caller: KeyCaller, endpoint_id: str) -> None:
    """Remove an endpoint.

    What waits for it is skipped.
    """
    manage_webhooks.remove_endpoint(caller.business_id, parse("whe", endpoint_id), actor=caller.actor)


@v1.post("/webhook_endpoints/{endpoint_id}/pause", answer=WebhookEndpoint, permission="webhooks.write", tag="Webhooks")
def pause_webhook_endpoint(caller: KeyCaller, endpoint_id: str) -> WebhookEndpoint:
    """Pause an endpoint.

    What happens meanwhile waits for it.
    """
    parsed_id = parse("whe", endpoint_id)
    manage_webhooks.pause_endpoint(caller.business_id, parsed_id, actor=caller.actor)
    return _endpoint(webhooks.get_endpoint(caller.business_id, parsed_id))


@v1.post(
    "/webhook_endpoints/{endpoint_id}/enable",
    body=EnableRequest,
    answer=WebhookEndpoint,
    permission="webhooks.write",
    tag="Webhooks",
)
def enable_webhook_endpoint(caller: KeyCaller, endpoint_id: str, body: EnableRequest) -> WebhookEndpoint:
    """Enable an endpoint again.

    What waited is sent first, oldest first, or skipped. One that is enabled has its chance at once.
    """
    parsed_id, skips = parse("whe", endpoint_id), body.waiting == "skip"
    manage_webhooks.enable_endpoint(caller.business_id, parsed_id, skip_waiting=skips, actor=caller.actor)
    return _endpoint(webhooks.get_endpoint(caller.business_id, parsed_id))


@v1.post(
    "/webhook_endpoints/{endpoint_id}/roll_secret",
    body=RollRequest,
    answer=RolledSecret,
    permission="webhooks.write",
    tag="Webhooks",
    errors=("invalid_overlap",),
)
def roll_webhook_secret(caller: KeyCaller, endpoint_id: str, body: RollRequest) -> RolledSecret:
    """Roll an endpoint's secret.

    Until the overlap is over, deliveries carry a signature by each of the two.
    """
    parsed_id, overlap = parse("whe", endpoint_id), timedelta(seconds=body.overlap_s)
    secret = manage_webhooks.roll_secret(caller.business_id, parsed_id, overlap=overlap)
    row = webhooks.get_endpoint(caller.business_id, parsed_id)
    return RolledSecret(secret=secret, old_until=moment_text(row.previous_secret_until))


@v1.post(
    "/webhook_endpoints/{endpoint_id}/test", answer=TestEvent, status=202, permission="webhooks.write", tag="Webhooks"
)
def send_test_event(caller: KeyCaller, endpoint_id: str) -> TestEvent:
    """Try an endpoint out.

    It is told `webhook.test`, and no other endpoint is.
    """
    event_id = manage_webhooks.send_test(caller.business_id, parse("whe", endpoint_id))
    return TestEvent(event_id=show("evt", event_id))


@v1.post(
    "/webhook_endpoints/{endpoint_id}/replay",
    body=ReplayRequest,
    answer=Replay,
    status=202,
    permission="webhooks.write",
    tag="Webhooks",
    errors=("too_long_ago",),
)
def replay_webhooks_of_endpoint(caller: KeyCaller, endpoint_id: str, body: ReplayRequest) -> Replay:
    """Send events again.

    One, or those of a time: 5,000 at most in one call, oldest first. What is on its way already is left out.
    """
    parsed_id = parse("whe", endpoint_id)
    if body.event_id is not None:
        replay_webhooks.replay_event(caller.business_id, parsed_id, parse("evt", body.event_id), actor=caller.actor)
        return Replay(count=1, resume_from=None)
    extent = Extent(
        since=moment_in(body.since),
        until=moment_in(body.until),
        also_delivered=body.which == "all",
    )
    done = replay_webhooks.replay_extent(caller.business_id, parsed_id, extent, actor=caller.actor)
    return Replay(count=done.count, resume_from=moment_text(done.resume_from))


def _endpoint(row: webhooks.EndpointRow) -> WebhookEndpoint:
    return WebhookEndpoint(
        id=show("whe", row.id),
        url=row.url,
        description=row.description,
        events=row.topics,
        in_order=row.in_order,
        status=row.status,
        pause_reason=row.pause_reason,
        failures=row.failures,
        failing_since=moment_text(row.failing_since),
        last_error=row.error,
        succeeded_at=moment_text(row.succeeded_at),
        created_at=moment_text(row.created_at),
    )
