"""The edges of deliveries and of what they hand over."""

from __future__ import annotations

from app.core.states import Machine
from app.domain.fulfilment.models import Delivery, Entitlement, LicenceKey

DELIVERY = Machine(
    name="delivery",
    model=Delivery,
    initial="pending",
    edges={
        ("pending", "delivered"): "delivery.delivered",
        ("pending", "failed"): "delivery.failed",
        ("delivered", "revoked"): "delivery.revoked",
        ("pending", "revoked"): "delivery.revoked",
        # What somebody else handed over, or may have, is only taken back when they say so.
        ("pending", "revoking"): "delivery.failed",
        ("delivered", "revoking"): None,
        ("revoking", "revoked"): "delivery.revoked",
        ("revoking", "kept"): "delivery.kept",
    },
)

ENTITLEMENT = Machine(
    name="entitlement",
    model=Entitlement,
    initial="active",
    edges={("active", "revoked"): None},
)

LICENCE_KEY = Machine(
    name="licence_key",
    model=LicenceKey,
    initial="free",
    edges={
        ("free", "delivered"): None,
        ("free", "withdrawn"): None,
        # A key that a buyer has seen is never sold again.
        ("delivered", "withdrawn"): None,
    },
)
