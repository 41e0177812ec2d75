"""Invariants of reservations."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.orders.reservations.states import RESERVATION

CHECKS = (
    Check(
        "I7d",
        "a reservation that has ended, ended as decided",
        "SELECT business_id, id, status, target FROM reservations WHERE (status = 'confirmed' AND target = 'reserve')"
        " OR (status = 'cancelled' AND target = 'reserve')",
    ),
    Check(
        "I23c",
        "no decision about a remote reservation is overdue by more than an hour",
        "SELECT business_id, id, status, target, next_attempt_at FROM reservations"
        " WHERE next_attempt_at < CAST(:now AS timestamptz) - interval '1 hour'",
    ),
    replayed(RESERVATION, "I20-res"),
)
