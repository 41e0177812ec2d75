"""Pure decisions about reservations outside: when to tell again, and when people should look."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.domain.orders.reservations.states import ReservationStatus

# Pauses before each telling of a decision, in seconds; the last one repeats.
RETRY_PAUSES_S = (5, 15, 30, 60, 300, 900, 3600)
# Longer than the longest call: a try that is not recorded by then was left behind.
ABANDON_AFTER_S = 60
STUCK_AFTER = 5
HELD_TARGETS = ("reserve", "extend")


def next_attempt_at(attempt_count: int, moment: datetime) -> datetime:
    """When to tell the decision again after it was told `attempt_count` times before."""
    return moment + timedelta(seconds=RETRY_PAUSES_S[min(attempt_count, len(RETRY_PAUSES_S) - 1)])


def abandoned_at(moment: datetime) -> datetime:
    """When a try that begins now counts as left behind."""
    return moment + timedelta(seconds=ABANDON_AFTER_S)


def is_stuck(attempt_count: int) -> bool:
    """Whether it was told so often that people should look."""
    return attempt_count >= STUCK_AFTER


def must_notify(status: str, target: str, decision: str) -> bool:
    """Whether a reservation that stands like this has to hear of the decision."""
    if status == ReservationStatus.CANCELLED or target == decision:
        return False
    return decision == "cancel" or target in HELD_TARGETS


def is_held(status: str, target: str) -> bool:
    """Whether the merchant's system holds it, and nothing else was decided; it may have to hold it for longer."""
    return status == ReservationStatus.RESERVED and target in HELD_TARGETS
