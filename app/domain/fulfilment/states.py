"""The edges of deliveries and of what they hand over."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.fulfilment.models import Delivery, Entitlement, LicenceKey


class DeliveryStatus(StrEnum):
    """Where the delivery of a line stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    REVOKING = "revoking"
    REVOKED = "revoked"
    REVOCATION_FAILED = "revocation_failed"


class EntitlementStatus(StrEnum):
    """Where an entitlement stands."""

    ACTIVE = "active"
    REVOKED = "revoked"


class MembershipStatus(StrEnum):
    """Where a buyer's membership stands, by its end alone."""

    ACTIVE = "active"
    ENDED = "ended"


class LicenceKeyStatus(StrEnum):
    """Where a licence key of a pool stands."""

    FREE = "free"
    DELIVERED = "delivered"
    REVOKED = "revoked"


DELIVERY = Machine(
    name="delivery",
    model=Delivery,
    initial=DeliveryStatus.PENDING,
    edges={
        (DeliveryStatus.PENDING, DeliveryStatus.DELIVERED): "delivery.delivered",
        (DeliveryStatus.PENDING, DeliveryStatus.FAILED): "delivery.failed",
        (DeliveryStatus.DELIVERED, DeliveryStatus.REVOKED): "delivery.revoked",
        (DeliveryStatus.PENDING, DeliveryStatus.REVOKED): "delivery.revoked",
        # What somebody else handed over, or may have, is only taken back when they say so.
        (DeliveryStatus.PENDING, DeliveryStatus.REVOKING): "delivery.failed",
        (DeliveryStatus.DELIVERED, DeliveryStatus.REVOKING): None,
        (DeliveryStatus.REVOKING, DeliveryStatus.REVOKED): "delivery.revoked",
        (DeliveryStatus.REVOKING, DeliveryStatus.REVOCATION_FAILED): "delivery.revocation_failed",
        # People found out that it was taken back after all, or took it back themselves.
        (DeliveryStatus.REVOCATION_FAILED, DeliveryStatus.REVOKED): "delivery.revoked",
    },
)

ENTITLEMENT = Machine(
    name="entitlement",
    model=Entitlement,
    initial=EntitlementStatus.ACTIVE,
    edges={(EntitlementStatus.ACTIVE, EntitlementStatus.REVOKED): None},
)

LICENCE_KEY = Machine(
    name="licence_key",
    model=LicenceKey,
    initial=LicenceKeyStatus.FREE,
    edges={
        (LicenceKeyStatus.FREE, LicenceKeyStatus.DELIVERED): None,
        (LicenceKeyStatus.FREE, LicenceKeyStatus.REVOKED): None,
        # A key that a buyer has seen is never sold again.
        (LicenceKeyStatus.DELIVERED, LicenceKeyStatus.REVOKED): None,
    },
)
