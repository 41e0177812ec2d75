"""The edges of reservations."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.orders.reservations.models import Reservation


class ReservationStatus(StrEnum):
    """Where something held for an order stands."""

    RESERVING = "reserving"
    RESERVED = "reserved"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    STUCK = "stuck"


# May still be held for a buyer who has not paid.
OPEN = (ReservationStatus.RESERVING, ReservationStatus.RESERVED)
# Waits for something to happen, people included.
UNSETTLED = (*OPEN, ReservationStatus.STUCK)

RESERVATION = Machine(
    name="reservation",
    model=Reservation,
    initial=ReservationStatus.RESERVING,
    edges={
        (ReservationStatus.RESERVING, ReservationStatus.RESERVED): None,
        (ReservationStatus.RESERVING, ReservationStatus.CANCELLED): None,
        (ReservationStatus.RESERVING, ReservationStatus.STUCK): None,
        (ReservationStatus.RESERVED, ReservationStatus.CONFIRMED): None,
        (ReservationStatus.RESERVED, ReservationStatus.CANCELLED): None,
        (ReservationStatus.RESERVED, ReservationStatus.STUCK): None,
        # Refunded in full.
        (ReservationStatus.CONFIRMED, ReservationStatus.CANCELLED): None,
        (ReservationStatus.CONFIRMED, ReservationStatus.STUCK): None,
        (ReservationStatus.STUCK, ReservationStatus.CONFIRMED): None,
        (ReservationStatus.STUCK, ReservationStatus.CANCELLED): None,
    },
)
