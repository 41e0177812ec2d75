"""What takes effect only some time after it was approved, so that somebody can still cancel it."""

from __future__ import annotations

from datetime import timedelta

from app.core import settings
from app.domain.accounts.business.types import BUSINESS_ERASURE_WAITS

WAITS = ("limits", "closure", "business_erasure")


def waits_of(kind: str) -> timedelta:
    """How long an approved request of one of these kinds waits at least."""
    waits = settings.current().second_person_waits
    return max(waits, BUSINESS_ERASURE_WAITS) if kind == "business_erasure" else waits
