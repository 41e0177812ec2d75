"""The edges of endpoints and of deliveries to them."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.webhooks.models import WebhookDelivery, WebhookEndpoint


class EndpointStatus(StrEnum):
    """Where an endpoint stands."""

    ENABLED = "enabled"
    PAUSED = "paused"
    REMOVED = "removed"


class InboundVerdict(StrEnum):
    """What became of an inbound event."""

    APPLIED = "applied"
    IGNORED = "ignored"


class WebhookDeliveryStatus(StrEnum):
    """Where the delivery of an event to an endpoint stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    SKIPPED = "skipped"


ENDPOINT = Machine(
    name="webhook_endpoint",
    model=WebhookEndpoint,
    initial=EndpointStatus.ENABLED,
    edges={
        (EndpointStatus.ENABLED, EndpointStatus.PAUSED): "webhook_endpoint.paused",
        (EndpointStatus.PAUSED, EndpointStatus.ENABLED): "webhook_endpoint.enabled",
        (EndpointStatus.ENABLED, EndpointStatus.REMOVED): None,
        (EndpointStatus.PAUSED, EndpointStatus.REMOVED): None,
    },
)

DELIVERY = Machine(
    name="webhook_delivery",
    model=WebhookDelivery,
    initial=WebhookDeliveryStatus.PENDING,
    # No step is an event: deliveries of events about deliveries would have no end.
    edges={
        (WebhookDeliveryStatus.PENDING, WebhookDeliveryStatus.DELIVERED): None,
        (WebhookDeliveryStatus.PENDING, WebhookDeliveryStatus.FAILED): None,
        (WebhookDeliveryStatus.PENDING, WebhookDeliveryStatus.SKIPPED): None,
    },
)
