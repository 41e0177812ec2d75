"""Businesses that have a time of their own: what the database says of test clocks, by every name that a business has in
`clock.whose`. It is asked together with the time; in transactions of such a business, always."""

from __future__ import annotations

import json
import uuid

from app.core import clock
from app.core.db.line import Statement
from app.core.ids import show

ASK: Statement = ("SELECT bursar_test_clocks()", ())


def hear(business_id: uuid.UUID, ahead_ms: int) -> None:
    """Know from now on that this business has a test clock, and how far its time is ahead."""
    names = (business_id, business_id.hex, str(business_id), show("biz", business_id))
    clock.hear_ahead(dict.fromkeys(names, ahead_ms / 1000))


def hear_all(answer: str | None) -> None:
    """Take in the answer to ASK."""
    for name, ahead_ms in json.loads(answer).items() if answer else ():
        hear(uuid.UUID(name), ahead_ms)
