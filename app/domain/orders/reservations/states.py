"""The edges of reservations."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.orders.reservations.models import Reservation


class ReservationStatus(StrEnum):
    """Where something held for an order stands."""

    TRYING = "trying"
    HELD = "held"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    STUCK = "stuck"


# May still be held for a buyer who has not paid.
OPEN = (ReservationStatus.TRYING, ReservationStatus.HELD)
# Waits for something to happen, people included.
UNSETTLED = (*OPEN, ReservationStatus.STUCK)

RESERVATION = Machine(
    name="reservation",
    model=Reservation,
    initial=ReservationStatus.TRYING,
    edges={
        (ReservationStatus.TRYING, ReservationStatus.HELD): None,
        (ReservationStatus.TRYING, ReservationStatus.CANCELLED): None,
        (ReservationStatus.TRYING, ReservationStatus.STUCK): None,
        (ReservationStatus.HELD, ReservationStatus.CONFIRMED): None,
        (ReservationStatus.HELD, ReservationStatus.CANCELLED): None,
        (ReservationStatus.HELD, ReservationStatus.STUCK): None,
        # Refunded in full.
        (ReservationStatus.CONFIRMED, ReservationStatus.CANCELLED): None,
        (ReservationStatus.CONFIRMED, ReservationStatus.STUCK): None,
        (ReservationStatus.STUCK, ReservationStatus.CONFIRMED): None,
        (ReservationStatus.STUCK, ReservationStatus.CANCELLED): None,
    },
)
