"""The edges of parcels."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.fulfilment.parcels.models import Parcel


class ParcelStatus(StrEnum):
    """Where a parcel is."""

    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    LOST = "lost"
    RETURNED = "returned"
    CANCELLED = "cancelled"


# Its units are spoken for: they cannot go into another parcel.
LIVE = (ParcelStatus.PACKED, ParcelStatus.SHIPPED, ParcelStatus.DELIVERED)
# The buyer has it, or will.
GONE = (ParcelStatus.SHIPPED, ParcelStatus.DELIVERED, ParcelStatus.LOST)

PARCEL = Machine(
    name="parcel",
    model=Parcel,
    initial=ParcelStatus.PACKED,
    edges={
        (ParcelStatus.PACKED, ParcelStatus.SHIPPED): "parcel.shipped",
        (ParcelStatus.PACKED, ParcelStatus.CANCELLED): "parcel.cancelled",
        (ParcelStatus.SHIPPED, ParcelStatus.DELIVERED): "parcel.delivered",
        (ParcelStatus.SHIPPED, ParcelStatus.LOST): "parcel.lost",
        # It came back to the sender, or the buyer sent it back.
        (ParcelStatus.SHIPPED, ParcelStatus.RETURNED): "parcel.returned",
        (ParcelStatus.DELIVERED, ParcelStatus.RETURNED): "parcel.returned",
    },
)
