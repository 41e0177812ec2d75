"""The edges of deliveries and entitlements."""

from __future__ import annotations

from app.core.states import Machine
from app.domain.fulfilment.models import Delivery, Entitlement

DELIVERY = Machine(
    name="delivery",
    model=Delivery,
    initial="pending",
    edges={
        ("pending", "delivered"): "delivery.delivered",
        ("pending", "failed"): "delivery.failed",
        ("delivered", "revoked"): "delivery.revoked",
        ("pending", "revoked"): "delivery.revoked",
    },
)

ENTITLEMENT = Machine(
    name="entitlement",
    model=Entitlement,
    initial="active",
    edges={("active", "revoked"): None},
)
