"""The edges of endpoints and of deliveries to them."""

from __future__ import annotations

from app.core.states import Machine
from app.domain.webhooks.models import WebhookDelivery, WebhookEndpoint

ENDPOINT = Machine(
    name="webhook_endpoint",
    model=WebhookEndpoint,
    initial="enabled",
    edges={
        ("enabled", "paused"): "webhook_endpoint.paused",
        ("paused", "enabled"): "webhook_endpoint.enabled",
        ("enabled", "removed"): None,
        ("paused", "removed"): None,
    },
)

DELIVERY = Machine(
    name="webhook_delivery",
    model=WebhookDelivery,
    initial="pending",
    # No step is an event: deliveries of events about deliveries would have no end.
    edges={
        ("pending", "delivered"): None,
        ("pending", "failed"): None,
        ("pending", "skipped"): None,
    },
)
