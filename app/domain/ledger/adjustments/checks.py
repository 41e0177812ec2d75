"""Invariants of adjustments and reversals."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.ledger.adjustments.states import ADJUSTMENT

_LINES = (
    "SELECT l.kind, l.owner, l.currency, l.amount_minor"
    " FROM jsonb_to_recordset(d.lines) AS l (kind text, owner text, currency text, amount_minor bigint)"
)
_ENTRIES = (
    "SELECT a.kind, a.owner, a.currency, e.amount_minor FROM ledger_entries e"
    " JOIN ledger_accounts a ON a.business_id = e.business_id AND a.id = e.account_id"
    " WHERE e.business_id = d.business_id AND e.journal_id = d.journal_id"
)
CHECKS = (
    Check(
        "I138b",
        "an adjustment is posted once a second person approved it, with its own lines",
        f"""
        SELECT d.business_id, d.id, d.status, j.template FROM adjustments d
        LEFT JOIN ledger_journals j ON j.business_id = d.business_id AND j.id = d.journal_id
        WHERE d.status IN ('posted', 'reversed') AND (
            d.decided_by = d.requested_by OR j.subject_id IS DISTINCT FROM d.id
            OR j.template IS DISTINCT FROM CASE WHEN coalesce(d.settlement_id, d.original_id) IS NULL
                                           THEN 'adjustment' ELSE 'reversal' END
            OR EXISTS (({_LINES}) EXCEPT ALL ({_ENTRIES})) OR EXISTS (({_ENTRIES}) EXCEPT ALL ({_LINES})))
        """,
    ),
    Check(
        "I139",
        "a reversal mirrors its journal, once",
        """
        SELECT d.business_id, d.id, coalesce(s.status, o.status) AS reversed FROM adjustments d
        LEFT JOIN settlements s ON s.business_id = d.business_id AND s.id = d.settlement_id
        LEFT JOIN adjustments o ON o.business_id = d.business_id AND o.id = d.original_id
        WHERE d.status IN ('posted', 'reversed') AND coalesce(d.settlement_id, d.original_id) IS NOT NULL AND (
            coalesce(s.status, o.status) <> 'reversed' OR d.status = 'reversed' OR EXISTS (
                SELECT 1 FROM ledger_entries e WHERE e.business_id = d.business_id
                AND e.journal_id IN (d.journal_id, coalesce(s.journal_id, o.journal_id))
                GROUP BY e.account_id HAVING sum(e.amount_minor) <> 0))
        UNION ALL
        SELECT r.business_id, r.id, 'reversed' FROM (
            SELECT business_id, id FROM settlements WHERE status = 'reversed'
            UNION ALL SELECT business_id, id FROM adjustments WHERE status = 'reversed') r
        WHERE (SELECT count(*) FROM adjustments d WHERE d.business_id = r.business_id
               AND r.id IN (d.settlement_id, d.original_id) AND d.status = 'posted') <> 1
        """,
    ),
    replayed(ADJUSTMENT, "I20-adj"),
)
