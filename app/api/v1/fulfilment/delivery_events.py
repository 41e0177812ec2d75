"""What a merchant's system says later about a delivery that it took on."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.shapes import PRINTABLE, MomentIn, OneOf, Shape
from app.api.v1.api import KeyCaller, v1
from app.api.v1.webhooks.inbound_events import InboundEvent, inbound_event
from app.core.ids import parse
from app.domain.webhooks.types import InboundCommand
from app.read.webhooks import inbound_events as inbound
from app.workflow.operations.accept_inbound_event import accept_inbound_event

EventKey = Annotated[str, Field(min_length=1, max_length=120), PRINTABLE]


class DeliveryEvent(Shape):
    """What happened."""

    type: Annotated[
        str,
        OneOf(("delivered", "failed", "progress", "revoked")),
        Field(description="`failed` refunds the line. `revoked` answers a request to revoke."),
    ]
    text: Annotated[
        str | None,
        Field(max_length=2000, description="`delivered`: your message to the buyer. `progress`: for your team."),
    ] = None
    reason: Annotated[str | None, Field(max_length=200, description="`failed`: why."), PRINTABLE] = None
    expected_at: Annotated[
        MomentIn | None, Field(description="`progress`: when it will be done, up to 90 days on.")
    ] = None
    occurred_at: Annotated[MomentIn | None, Field(description="When it happened: older progress is ignored.")] = None


class DeliveryEventRequest(DeliveryEvent):
    """An event of a delivery."""

    id: Annotated[EventKey, Field(description="Your ID of the event: sent again, it changes nothing.")]


@v1.post(
    "/deliveries/{delivery_id}/events",
    body=DeliveryEventRequest,
    answer=InboundEvent,
    permission="orders.write",
    tag="Deliveries",
    errors=("event_id_used",),
)
def send_delivery_event(caller: KeyCaller, delivery_id: str, body: DeliveryEventRequest) -> InboundEvent:
    """Say what came of a delivery.

    For a delivery that your system answered with 202. Without an API key, send it signed to the call’s `events_url`.
    """
    command = command_of(parse("dlv", delivery_id), body.id, body)
    made = accept_inbound_event(caller.business_id, command, actor=caller.actor)
    return inbound_event(inbound.get_inbound(caller.business_id, made))


def command_of(delivery_id: UUID, external_id: str, body: DeliveryEvent) -> InboundCommand:
    """The event as the one door takes it."""
    payload = body.model_dump(exclude={"id", "type"}, exclude_none=True)
    return InboundCommand(
        kind="delivery", subject_id=delivery_id, external_id=external_id, type=body.type, payload=payload
    )
