"""Summing the ledger's postings by the hour, after the fact: whoever books writes nothing for it.

Entries are never changed, so each is added once, in the order of their ids. An entry's id is made before its
transaction commits, and a younger one may be seen first; only those are added that are older than every transaction
still in progress. What is younger, who asks reads from the entries themselves (read/ledger/balances).
"""

from __future__ import annotations

import uuid

from sqlalchemy import delete, text

from app.core import db
from app.domain.insights.metrics.models import HourPostings, PostingProgress

MAX_ENTRIES = 20_000  # entries in one phase
NIL_ID = uuid.UUID(int=0)

sums, progress = db.table(HourPostings), db.table(PostingProgress)
_BEGIN = text("INSERT INTO posting_progress (business_id, seen_id) VALUES (:business, :nobody) ON CONFLICT DO NOTHING")
_LOCK = text("SELECT seen_id FROM posting_progress WHERE business_id = :business FOR UPDATE")
_NEXT = text("""
SELECT count(*) AS number, (array_agg(id ORDER BY id DESC))[1] AS last_id FROM (
    SELECT id FROM ledger_entries WHERE business_id = :business AND id > :seen AND id < :horizon
    ORDER BY id LIMIT :most) e
""")
_ADD = text("""
WITH new AS MATERIALIZED (
    SELECT id, account_id, journal_id, amount_minor FROM ledger_entries
    WHERE business_id = :business AND id > :seen AND id <= :last AND layer = 'posted'),
opened AS MATERIALIZED (
    SELECT n.id FROM (SELECT DISTINCT ON (account_id) account_id, id FROM new ORDER BY account_id, id) n
    LEFT JOIN LATERAL (
        SELECT true AS is_known FROM ledger_entries e WHERE e.business_id = :business AND e.account_id = n.account_id
        AND e.id < n.id AND e.layer = 'posted' ORDER BY e.id LIMIT 1) e ON true
    WHERE e.is_known IS NULL)
INSERT INTO postings_by_hour AS h
    (business_id, hour, kind, currency, owner, accounts, debit_minor, credit_minor)
SELECT :business, date_trunc('hour', j.created_at, 'UTC'), a.kind, a.currency,
       CASE WHEN a.kind IN ('channel_clearing', 'channel_fees', 'bank') THEN a.owner ELSE '' END, count(o.id),
       coalesce(sum(n.amount_minor) FILTER (WHERE n.amount_minor > 0), 0),
       coalesce(-sum(n.amount_minor) FILTER (WHERE n.amount_minor < 0), 0)
FROM new n JOIN ledger_journals j ON j.business_id = :business AND j.id = n.journal_id
JOIN ledger_accounts a ON a.business_id = :business AND a.id = n.account_id
LEFT JOIN opened o ON o.id = n.id
GROUP BY 2, 3, 4, 5
ON CONFLICT (business_id, hour, kind, currency, owner) DO UPDATE SET
    accounts = h.accounts + excluded.accounts, debit_minor = h.debit_minor + excluded.debit_minor,
    credit_minor = h.credit_minor + excluded.credit_minor
""")


def count(business_id: uuid.UUID, *, clocks_apart_ms: int) -> None:
    """Add what is settled and was not added yet; `clocks_apart_ms`: how far the clocks of this installation's machines
    may be apart. Two at once do no harm: one waits for the other."""
    with db.reading(business_id):
        horizon = uuid.UUID(int=(db.oldest_write_ms() - clocks_apart_ms) << 80)
    while _count_some(business_id, horizon):
        pass


def forget(business_id: uuid.UUID) -> None:
    """Forget all sums of the business, in the open phase; they are made from the beginning when next counted."""
    for table in (progress, sums):
        db.run(delete(table).where(table.c.business_id == business_id))


def _count_some(business_id: uuid.UUID, horizon: uuid.UUID) -> bool:
    """Add the next entries; whether there may be more."""
    with db.phase("count_postings.count", business_id):
        seen = _begin(business_id)
        found = db.rows(_NEXT, business=business_id, seen=seen, horizon=horizon, most=MAX_ENTRIES)[0]
        if found.number:
            db.run(_ADD.bindparams(business=business_id, seen=seen, last=found.last_id))
            db.run(progress.update().where(progress.c.business_id == business_id).values(seen_id=found.last_id))
    return bool(found.number == MAX_ENTRIES)


def _begin(business_id: uuid.UUID) -> uuid.UUID:
    """Up to where the business is counted, locked."""
    db.run(_BEGIN.bindparams(business=business_id, nobody=NIL_ID))
    seen: uuid.UUID = db.rows(_LOCK, business=business_id)[0].seen_id
    return seen
