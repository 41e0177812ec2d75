"""What an account came to, written down at every so many entries: whoever asks adds only what came after.

A snapshot is nothing but the sum of the entries up to one of them, and the audit holds it to that (I66). It is only
made up to where no transaction is still in progress, so no entry can appear below it; and entries never change.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from app.core import db

STRIDE = 200  # entries from one snapshot of an account to the next
MAX_ENTRIES = 20_000  # entries that are added up in one phase
NIL_ID = uuid.UUID(int=0)
# A posting is as old as its journal, and its entries are written within the same phase: none is apart by this much.
_APART = timedelta(hours=1)
# A second bound says to the database that a span is meant, which it reads by index; of "above" it expects a third of
# all rows.
BEYOND = uuid.UUID(int=(1 << 128) - 1)
_END = f"CAST('{BEYOND}' AS uuid)"
# Undecided money: what a pending journal takes, less what its resolution has given back.
_HELD = (
    "e.layer = 'pending' AND (e.amount_minor > 0) = ((SELECT j.state FROM ledger_journals j"
    " WHERE j.business_id = e.business_id AND j.id = e.journal_id) = 'pending')"
)
# Not coalesce(): behind row-level security only what can tell nothing about other rows is looked up by index.
_SINCE = "CASE WHEN s.entry_id IS NULL THEN CAST(:nobody AS uuid) ELSE s.entry_id END"
_SUMS = """
SELECT a.id AS account_id, -(coalesce(s.posted_minor, 0) + coalesce(t.posted, 0)) AS total,
       coalesce(s.held_minor, 0) + coalesce(t.held, 0) AS held
FROM unnest(CAST(:accounts AS uuid[])) AS a (id)
LEFT JOIN LATERAL (
    SELECT entry_id, posted_minor, held_minor FROM ledger_snapshots
    WHERE business_id = :business AND account_id = a.id {then} ORDER BY entry_id DESC LIMIT 1) s ON true
{next} LEFT JOIN LATERAL (
    SELECT sum(e.amount_minor) FILTER (WHERE e.layer = 'posted') AS posted,
           sum(e.amount_minor) FILTER (WHERE {held}) AS held
    FROM ledger_entries e WHERE e.business_id = :business AND e.account_id = a.id
    AND e.id > {since} AND e.id <= {end} {until}) t ON true
"""
_NEXT = """
LEFT JOIN LATERAL (
    SELECT entry_id FROM ledger_snapshots WHERE business_id = :business AND account_id = a.id AND latest_at > :later
    ORDER BY entry_id LIMIT 1) n ON true
"""
_POSTED_AT = "(SELECT j.created_at FROM ledger_journals j WHERE j.business_id = e.business_id AND j.id = e.journal_id)"


class Sums(db.JoinedRow):
    """What an account came to, in minor units."""

    account_id: uuid.UUID
    total: Decimal
    held: Decimal


_NOW = db.select_as(Sums, text(_SUMS.format(then="", next="", held=_HELD, since=_SINCE, end=_END, until="")))
_AT = db.select_as(
    Sums,
    text(
        _SUMS.format(
            then="AND latest_at <= :at",
            next=_NEXT,
            held=_HELD,
            since=_SINCE,
            end=f"CASE WHEN n.entry_id IS NULL THEN {_END} ELSE n.entry_id END",
            until=f"AND {_POSTED_AT} <= :at",
        )
    ),
)
_LAST = """
LEFT JOIN LATERAL (
    SELECT entry_id, number, posted_minor, held_minor, latest_at FROM ledger_snapshots
    WHERE business_id = :business AND account_id = a.id ORDER BY entry_id DESC LIMIT 1) s ON true
"""
_LONG = """
SELECT a.id FROM ledger_accounts a {last}
JOIN LATERAL (
    SELECT true FROM ledger_entries e WHERE e.business_id = :business AND e.account_id = a.id
    AND e.id > {since} AND e.id < :horizon ORDER BY e.id OFFSET :stride - 1 LIMIT 1) more ON true
WHERE a.business_id = :business {among}
"""
_TOUCHED = "AND a.id IN (SELECT account_id FROM ledger_entries WHERE business_id = :business AND id > :since)"
_ALL_LONG, _TOUCHED_LONG = (text(_LONG.format(last=_LAST, since=_SINCE, among=among)) for among in ("", _TOUCHED))
_LINES = """
INSERT INTO ledger_snapshots (business_id, account_id, entry_id, number, posted_minor, held_minor, latest_at)
SELECT :business, account_id, id, number, posted, held, latest_at FROM (
    SELECT a.id AS account_id, e.id, coalesce(s.number, 0) + row_number() OVER up_to AS number,
           coalesce(s.posted_minor, 0) + coalesce(sum(e.amount_minor) FILTER (WHERE e.layer = 'posted') OVER up_to, 0)
           AS posted,
           coalesce(s.held_minor, 0) + coalesce(sum(e.amount_minor) FILTER (WHERE e.is_held) OVER up_to, 0) AS held,
           greatest(s.latest_at, max(e.posted_at) OVER up_to) AS latest_at
    FROM (SELECT CAST(:account AS uuid) AS id) a {last}
    JOIN LATERAL (
        SELECT e.id, e.amount_minor, e.layer, {held} AS is_held, {posted_at} AS posted_at
        FROM ledger_entries e WHERE e.business_id = :business AND e.account_id = a.id
        AND e.id > {since} AND e.id < :horizon ORDER BY e.id LIMIT :most) e ON true
    WINDOW up_to AS (ORDER BY e.id)) lines
WHERE number % :stride = 0 ON CONFLICT DO NOTHING
"""
_ROLL_UP = text(_LINES.format(last=_LAST, since=_SINCE, held=_HELD, posted_at=_POSTED_AT))


def sums(account_ids: Sequence[uuid.UUID], *, at: datetime | None = None) -> dict[uuid.UUID, Sums]:
    """`total` (what we owe on it) and `held` of accounts in minor units, now or as they stood `at` a moment, all seen
    by one statement: between two a journal could be posted, and its money would be neither posted nor held."""
    params: dict[str, Any] = {"business": db.here(), "accounts": list(account_ids), "nobody": NIL_ID}
    found = db.rows(_NOW, **params) if at is None else db.rows(_AT, **params, at=at, later=at + _APART)
    return {row.account_id: row for row in found}


def long_accounts(*, since: uuid.UUID | None, horizon: uuid.UUID) -> list[uuid.UUID]:
    """Accounts of the business with enough entries for another snapshot; with `since`, those of them with entries above
    it."""
    params: dict[str, Any] = {"business": db.here(), "nobody": NIL_ID, "horizon": horizon, "stride": STRIDE}
    found = db.rows(_ALL_LONG, **params) if since is None else db.rows(_TOUCHED_LONG, **params, since=since)
    return [row.id for row in found]


def roll_up(account_id: uuid.UUID, *, horizon: uuid.UUID) -> int:
    """Write the account's snapshots up to the horizon, below which no entry can appear any more, as many as fit one
    phase; how many were written."""
    params: dict[str, Any] = {"business": db.here(), "account": account_id, "nobody": NIL_ID, "horizon": horizon}
    return db.run(_ROLL_UP.bindparams(**params, stride=STRIDE, most=MAX_ENTRIES))
