"""Whoever paid an order is a buyer: made after the fact, so that placing and paying write nothing for it.

A business's paid orders are gone through by the moment of their payment. `seen_at` only goes as far as no transaction
from before can still be in progress; what is younger is looked at again.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, text, update

from app.core import clock, db, outbox, states
from app.core.db import bulk
from app.core.ids import new_id
from app.domain.buyers.models import Buyer, BuyerProgress
from app.domain.buyers.states import BUYER

MAX_COUNT = 2_000  # buyers in one phase
BATCH = 500
# A phase lasts seconds at most; the clocks of this installation's machines are a second apart at most.
AGAIN = timedelta(seconds=30)
_DUE = text(
    "SELECT b.id FROM businesses b LEFT JOIN buyer_progress p ON p.business_id = b.id LEFT JOIN LATERAL ("
    "SELECT true AS is_new FROM orders o WHERE o.business_id = b.id AND o.paid_at IS NOT NULL"
    " AND o.paid_at > coalesce(p.seen_at, '-infinity') AND NOT EXISTS (SELECT FROM buyers y"
    " WHERE y.business_id = o.business_id AND y.reference = o.buyer_reference) ORDER BY o.paid_at LIMIT 1) o ON true"
    " WHERE o.is_new LIMIT 10000"
)
# The youngest order of each says what is known of the buyer; an address is only said, never proven by it.
_NEW = text("""
SELECT DISTINCT ON (o.buyer_reference) o.buyer_reference AS reference, lower(trim(o.buyer_email)) AS email,
       o.buyer_phone AS phone, o.details ->> 'locale' AS locale,
       min(o.paid_at) OVER (PARTITION BY o.buyer_reference) AS since
FROM (SELECT * FROM orders WHERE business_id = :business AND paid_at IS NOT NULL AND paid_at > :seen
      ORDER BY paid_at LIMIT :most) o
WHERE NOT EXISTS (SELECT FROM buyers y WHERE y.business_id = :business AND y.reference = o.buyer_reference)
      AND o.buyer_reference NOT LIKE 'erased\\_%'
ORDER BY o.buyer_reference, o.paid_at DESC
""")
_BEGIN = text("INSERT INTO buyer_progress (business_id, seen_at) VALUES (:business, :start) ON CONFLICT DO NOTHING")
_LAST = text(
    "SELECT max(paid_at) AS last_at, count(*) AS number FROM (SELECT paid_at FROM orders WHERE business_id = :business"
    " AND paid_at IS NOT NULL AND paid_at > :seen ORDER BY paid_at LIMIT :most) o"
)


class _New(db.JoinedRow):
    reference: str
    email: str | None
    phone: str | None
    locale: str | None
    since: datetime


class _Last(db.JoinedRow):
    last_at: datetime | None
    number: int


def register_due() -> int:
    """Make buyers of whoever paid since the last time, in every business; how many."""
    with db.system_reading():
        found = [row.id for row in db.rows(_DUE)]
    return sum(register(business_id) for business_id in found)


def register(business_id: uuid.UUID) -> int:
    """The same of one business."""
    made, more = 0, True
    while more:
        count, more = _register_some(business_id)
        made += count
    return made


def _register_some(business_id: uuid.UUID) -> tuple[int, bool]:
    table = db.table(BuyerProgress)
    with db.phase("register_buyers.register", business_id):
        db.run(_BEGIN, business=business_id, start=datetime(2000, 1, 1, tzinfo=UTC))
        progress = db.first(select(table).where(table.c.business_id == db.here()).with_for_update())
        assert progress is not None  # made a moment ago
        asked = {"business": business_id, "seen": progress.seen_at, "most": MAX_COUNT}
        last = db.first(db.select_as(_Last, _LAST), **asked)
        rows = db.rows(db.select_as(_New, _NEW), **asked)
        made = _add(rows)
        is_full = last is not None and last.number == MAX_COUNT
        if last is not None and last.last_at is not None:
            seen_at = last.last_at if is_full else max(progress.seen_at, min(last.last_at, clock.now() - AGAIN))
            db.run(update(BuyerProgress).where(table.c.business_id == db.here()).values(seen_at=seen_at))
    return made, is_full


def _add(rows: Sequence[_New]) -> int:
    """Rows of those who are nobody yet, with their histories and events."""
    shared = {"changed_at": clock.now(), "status": BUYER.initial, "version": 1, "source": "order"}
    for start in range(0, len(rows), BATCH):
        part = {new_id(): row for row in rows[start : start + BATCH]}
        bulk.insert(Buyer, [{"id": row_id, **shared, **_said(row)} for row_id, row in part.items()])
        states.born_at(BUYER, list(part), BUYER.initial, reason="order paid", actor="system")
        outbox.emit_first("buyer.created", {row_id: {"buyer_id": str(row_id)} for row_id in part})
    return len(rows)


def _said(row: _New) -> Mapping[str, Any]:
    return {
        "created_at": row.since,
        "reference": row.reference,
        "email": row.email or None,
        "phone": row.phone or None,
        "locale": (row.locale or "")[:20] or None,
        "groups": [],
        "attributes": {},
        "addresses": [],
    }
