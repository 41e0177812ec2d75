"""Invariants of settlement batches."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.settlement.batches.states import SETTLEMENT_BATCH

CHECKS = (
    Check(
        "I237",
        "a settlement batch is the sum of its entries, all of its partner and currency, cleared before its cut-off",
        """
        SELECT b.business_id, b.id, b.total_minor, sum(e.amount_minor) AS entries FROM settlement_batches b
        LEFT JOIN settlement_items i ON i.business_id = b.business_id AND i.batch_id = b.id
        LEFT JOIN clearing_entries e ON e.business_id = i.business_id AND e.id = i.id
        GROUP BY 1, 2, 3, b.entry_count, b.partner_id, b.currency, b.cut_off_at
        HAVING coalesce(sum(e.amount_minor), 0) <> b.total_minor OR count(e.id) <> b.entry_count
            OR bool_or(e.partner_id IS DISTINCT FROM b.partner_id OR e.currency <> b.currency
                       OR e.created_at > b.cut_off_at)
        """,
    ),
    Check(
        "I238",
        "a batch is paid by one payout of its partner and amount, and only once at a time",
        """
        SELECT b.business_id, b.id, b.status, t.status AS payout FROM settlement_batches b
        LEFT JOIN payment_transactions t ON t.business_id = b.business_id AND t.id = b.transaction_id
        WHERE (b.status = 'paid' AND t.status IS DISTINCT FROM 'succeeded')
           OR (b.status = 'returned' AND t.status IS DISTINCT FROM 'returned')
           OR (b.status = 'paying' AND t.status IS DISTINCT FROM 'open')
           OR (b.status IN ('closed', 'approved') AND t.id IS NOT NULL)
           OR (t.id IS NOT NULL AND (t.kind <> 'payout' OR t.partner_id IS DISTINCT FROM b.partner_id
                                     OR t.amount_minor <> b.total_minor OR t.currency <> b.currency))
        """,
    ),
    Check(
        "I239",
        "what the ledger owes a partner is what was cleared for it, less what it was paid, as adjusted",
        """
        SELECT business_id, owner, currency, l.minor AS ledger, w.minor AS due FROM (
            SELECT a.business_id, a.owner, a.currency, -sum(e.amount_minor) AS minor FROM ledger_accounts a
            JOIN ledger_entries e ON e.business_id = a.business_id AND e.account_id = a.id AND e.layer = 'posted'
            WHERE a.kind IN ('partner', 'platform_revenue') AND a.owner <> '' GROUP BY 1, 2, 3) l
        FULL JOIN (
            SELECT business_id, owner, currency, sum(minor) AS minor FROM (
                SELECT business_id, party AS owner, currency, amount_minor AS minor FROM clearing_entries
                WHERE partner_id IS NOT NULL
                UNION ALL SELECT business_id, partner_id::text, currency, -amount_minor FROM payment_transactions
                WHERE partner_id IS NOT NULL AND status = 'succeeded') moved
            GROUP BY 1, 2, 3) w USING (business_id, owner, currency)
        WHERE coalesce(l.minor, 0) <> coalesce(w.minor, 0)
        """,
    ),
    Check(
        "I240",
        "no batch was paid that a second person did not approve",
        """
        SELECT b.business_id, b.id, b.status, a.status AS approval FROM settlement_batches b
        LEFT JOIN approvals a ON a.business_id = b.business_id AND a.id = b.approval_id
        WHERE b.status <> 'closed' AND (a.kind IS DISTINCT FROM 'settlement_batch' OR a.decided_by IS NULL
            OR a.status NOT IN ('approved', 'done', 'failed') OR a.amount_minor <> b.total_minor)
        """,
    ),
    replayed(SETTLEMENT_BATCH, "I20-sba"),
)
