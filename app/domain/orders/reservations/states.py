"""The edges of reservations."""

from __future__ import annotations

from app.core.states import Machine
from app.domain.orders.reservations.models import Reservation

OPEN = ("trying", "held")

RESERVATION = Machine(
    name="reservation",
    model=Reservation,
    initial="trying",
    edges={
        ("trying", "held"): None,
        ("trying", "cancelled"): None,
        ("trying", "stuck"): None,
        ("held", "confirmed"): None,
        ("held", "cancelled"): None,
        ("held", "stuck"): None,
        # Refunded in full.
        ("confirmed", "cancelled"): None,
        ("confirmed", "stuck"): None,
        ("stuck", "confirmed"): None,
        ("stuck", "cancelled"): None,
    },
)
