"""Pure decisions of campaigns."""

from __future__ import annotations

import hashlib
import uuid
from calendar import isleap
from datetime import date, timedelta

RUN_EVERY = timedelta(minutes=5)
# Triggers by which one person is reached once, whatever accounts they have.
ONCE = frozenset({"sign_up", "first_visit", "nth_order", "channel", "segment", "file"})
_ALL = 10_000


def is_held_out(campaign_id: uuid.UUID, person: str, share_bps: int) -> bool:
    """Whether a buyer of this campaign gets nothing, for comparison: always the same answer for the same two."""
    digest = hashlib.sha256(f"{campaign_id}|{person}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _ALL < share_bps


def birthdays(today: date, days_before: int) -> tuple[str, ...]:
    """The birthdays (MM-DD) that are `days_before` days away; who was born on 29 February is remembered on the 28th
    in years that have none."""
    day = today + timedelta(days=days_before)
    shown = day.strftime("%m-%d")
    return (shown, "02-29") if shown == "02-28" and not isleap(day.year) else (shown,)
