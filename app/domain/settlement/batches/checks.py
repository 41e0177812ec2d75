"""Invariants of settlement batches."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.settlement.batches.states import SETTLEMENT_BATCH

CHECKS = (
    Check(
        "I237",
        "a settlement batch is the sum of its entries and adjustments, less its reserve, all of its partner and"
        " currency, cleared before its cut-off",
        """
        SELECT b.business_id, b.id, b.total_minor, e.minor AS entries, p.minor AS adjustments FROM settlement_batches b
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(e.amount_minor), 0) AS minor, count(*) AS number,
                   bool_or(e.partner_id IS DISTINCT FROM b.partner_id OR e.currency <> b.currency
                           OR e.created_at > b.cut_off_at) AS is_foreign
            FROM settlement_items i JOIN clearing_entries e ON e.business_id = i.business_id AND e.id = i.id
            WHERE i.business_id = b.business_id AND i.batch_id = b.id) e ON true
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(p.amount_minor), 0) AS minor FROM settlement_postings p
            WHERE p.business_id = b.business_id AND p.batch_id = b.id AND p.kind = 'adjustment') p ON true
        WHERE e.minor + p.minor - b.reserve_kept_minor + b.reserve_returned_minor <> b.total_minor
            OR e.number <> b.entry_count OR e.is_foreign
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
                WHERE partner_id IS NOT NULL AND status = 'succeeded'
                UNION ALL SELECT a.business_id, a.owner, a.currency, -e.amount_minor FROM ledger_accounts a
                JOIN ledger_entries e ON e.business_id = a.business_id AND e.account_id = a.id AND e.layer = 'posted'
                JOIN ledger_journals j ON j.business_id = e.business_id AND j.id = e.journal_id
                    AND j.template IN ('adjustment', 'reversal')
                WHERE a.kind IN ('partner', 'platform_revenue') AND a.owner <> '') moved
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
    Check(
        "I241",
        "a statement leads from where the one before ended, by its entries and postings, to where it ends",
        """
        SELECT b.business_id, b.id, b.opening_minor, b.closing_minor, coalesce(p.closing_minor, 0) AS before
        FROM settlement_batches b
        LEFT JOIN LATERAL (
            SELECT closing_minor FROM settlement_batches p WHERE p.business_id = b.business_id
            AND p.partner_id = b.partner_id AND p.currency = b.currency AND p.number < b.number
            ORDER BY p.number DESC LIMIT 1) p ON true
        WHERE b.opening_minor <> coalesce(p.closing_minor, 0) OR b.closing_minor <> b.opening_minor
            + (SELECT coalesce(sum(e.amount_minor), 0) FROM settlement_items i
               JOIN clearing_entries e ON e.business_id = i.business_id AND e.id = i.id
               WHERE i.business_id = b.business_id AND i.batch_id = b.id)
            + (SELECT coalesce(sum(s.amount_minor), 0) FROM settlement_postings s
               WHERE s.business_id = b.business_id AND s.batch_id = b.id)
        """,
    ),
    Check(
        "I245",
        "what a batch keeps as a reserve a later batch of the partner and currency returns once, when it is due",
        """
        SELECT b.business_id, b.id, b.reserve_kept_minor, b.reserve_returned_minor, r.returned_in_id
        FROM settlement_batches b
        LEFT JOIN settlement_reserves r ON r.business_id = b.business_id AND r.batch_id = b.id
        LEFT JOIN settlement_batches l ON l.business_id = r.business_id AND l.id = r.returned_in_id
        WHERE coalesce(r.amount_minor, 0) <> b.reserve_kept_minor
            OR r.partner_id <> b.partner_id OR r.currency <> b.currency
            OR l.partner_id <> b.partner_id OR l.currency <> b.currency OR l.number <= b.number
            OR l.cut_off_at < r.due_at
            OR b.reserve_returned_minor <> (SELECT coalesce(sum(t.amount_minor), 0) FROM settlement_reserves t
                                            WHERE t.business_id = b.business_id AND t.returned_in_id = b.id)
        """,
    ),
    Check(
        "I242",
        "a posting on a statement is one of the ledger on its partner's account, as it stands there",
        """
        SELECT p.business_id, p.id, p.batch_id, p.amount_minor, e.amount_minor AS ledger FROM settlement_postings p
        JOIN settlement_batches b ON b.business_id = p.business_id AND b.id = p.batch_id
        JOIN ledger_entries e ON e.business_id = p.business_id AND e.id = p.id
        JOIN ledger_accounts a ON a.business_id = e.business_id AND a.id = e.account_id
        JOIN ledger_journals j ON j.business_id = e.business_id AND j.id = e.journal_id
        WHERE p.amount_minor <> -e.amount_minor OR a.owner <> b.partner_id::text OR a.currency <> b.currency
            OR e.layer <> 'posted' OR j.subject_id <> p.subject_id
            OR (p.kind = 'adjustment') <> (j.template IN ('adjustment', 'reversal'))
            OR (p.kind = 'payout') <> (j.template IN ('partner_payout', 'platform_payout'))
        """,
    ),
    replayed(SETTLEMENT_BATCH, "I20-sba"),
)
