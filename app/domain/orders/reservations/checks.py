"""Invariants of reservations."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.orders.reservations.states import RESERVATION

CHECKS = (
    Check(
        "I7d",
        "a reservation that has ended ended as it was decided",
        "SELECT business_id, id, status, target FROM reservations WHERE (status = 'confirmed' AND target = 'reserve')"
        " OR (status = 'cancelled' AND target = 'reserve')",
    ),
    Check(
        "I23c",
        "what is decided about a reservation outside is not told an hour too late",
        "SELECT business_id, id, status, target, next_attempt_at FROM reservations"
        " WHERE next_attempt_at < CAST(:now AS timestamptz) - interval '1 hour'",
    ),
    replayed(RESERVATION, "I20-res"),
)
