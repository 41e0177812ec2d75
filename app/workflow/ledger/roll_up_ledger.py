"""Long accounts are written down as they stand, so that nobody adds up all their entries to know a balance.

Nothing depends on when this runs: until it has, the entries since the last snapshot are added up, however many.
"""

from __future__ import annotations

import uuid

from sqlalchemy import text

from app.core import db
from app.domain.ledger import snapshots

# How far the clocks of this installation's machines may be apart. An entry that appeared below a snapshot would be
# missing from a balance, so this is far more than clocks ever are; waiting costs nothing.
CLOCKS_APART_MS = 600_000
RECENT_MS = 3 * CLOCKS_APART_MS

# LATERAL with a LIMIT: as EXISTS, the database may take it for a join of everything with everything.
_MOVED = text(
    "SELECT b.id FROM businesses b JOIN LATERAL (SELECT true FROM ledger_entries e WHERE e.business_id = b.id"
    " AND e.id > :since LIMIT 1) e ON true"
)


def roll_up_recent() -> int:
    """Write snapshots of accounts with recent entries; how many. Safe to run concurrently."""
    return _roll_up(RECENT_MS)


def roll_up_all() -> int:
    """Write snapshots of every account, also of those that the recent runs have missed; how many."""
    return _roll_up(None)


def roll_up(business_id: uuid.UUID, *, since: uuid.UUID | None = None) -> int:
    """Write snapshots of one business's accounts with entries above `since`, or of all; how many."""
    with db.reading(business_id):
        horizon = _horizon()
        found = snapshots.long_accounts(since=since, horizon=horizon)
    made = 0
    for account_id in found:
        more = True
        while more:
            with db.phase("roll_up_ledger.write", business_id):
                written = snapshots.roll_up(account_id, horizon=horizon)
            made += written
            more = written >= snapshots.MAX_ENTRIES // snapshots.STRIDE
    return made


def _roll_up(recent_ms: int | None) -> int:
    with db.system_reading():
        since = None if recent_ms is None else _id_at(db.oldest_write_ms() - recent_ms)
        moved = [row.id for row in db.rows(_MOVED, since=since or snapshots.NIL_ID)]
    return sum(roll_up(business_id, since=since) for business_id in moved)


def _horizon() -> uuid.UUID:
    return _id_at(db.oldest_write_ms() - CLOCKS_APART_MS)


def _id_at(moment_ms: int) -> uuid.UUID:
    return uuid.UUID(int=moment_ms << 80)
