"""Invariants of channel bills."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.payments.channel_bills.service import BILLED, MAX_LINES
from app.domain.payments.channel_bills.states import BILL

CHECKS = (
    Check(
        "I172",
        "each revision of a bill comes to what its lines say, unless it has more of them than are kept",
        f"""
        SELECT d.business_id, d.bill_id, d.revision, d.currency FROM (
            SELECT business_id, bill_id, revision, currency FROM channel_bill_totals t
            FULL JOIN (
                SELECT business_id, bill_id, revision, currency,
                       count(*) FILTER (WHERE kind = 'charge') AS charges,
                       coalesce(sum(amount_minor) FILTER (WHERE kind = 'charge'), 0) AS charged,
                       count(*) FILTER (WHERE kind = 'refund') AS refunds,
                       coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund'), 0) AS refunded,
                       sum(fee_minor) AS fee
                FROM channel_bill_lines GROUP BY 1, 2, 3, 4) k USING (business_id, bill_id, revision, currency)
            WHERE (t.charges, t.charged_minor, t.refunds, t.refunded_minor, t.fee_minor)
                IS DISTINCT FROM (k.charges, k.charged, k.refunds, k.refunded, k.fee)) d
        WHERE NOT EXISTS (
            SELECT FROM channel_bill_totals o WHERE o.business_id = d.business_id AND o.bill_id = d.bill_id
            AND o.revision = d.revision HAVING sum(o.charges + o.refunds) > {MAX_LINES})
        """,
    ),
    Check(
        "I173",
        "a bill that was fetched has the lines that it counts, and no revision after its own",
        """
        SELECT b.business_id, b.id, b.line_count, b.revision, t.moved, t.latest FROM channel_bills b LEFT JOIN (
            SELECT business_id, bill_id, max(revision) AS latest FROM channel_bill_totals GROUP BY 1, 2) l
            ON l.business_id = b.business_id AND l.bill_id = b.id
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(o.charges + o.refunds), 0) AS moved, l.latest FROM channel_bill_totals o
            WHERE o.business_id = b.business_id AND o.bill_id = b.id AND o.revision = b.revision) t ON true
        WHERE t.moved <> b.line_count OR coalesce(l.latest, 0) > b.revision
        """,
    ),
    Check(
        "I198",
        "the fees booked of a bill are what the company kept of this business's payments by it, once it was compared",
        f"""
        SELECT business_id, bill_id, currency, s.minor AS said, f.minor AS booked FROM (
            SELECT l.business_id, l.bill_id, l.currency, sum(l.fee_minor) AS minor FROM channel_bill_lines l
            JOIN channel_bills b ON b.business_id = l.business_id AND b.id = l.bill_id AND b.revision = l.revision
                AND b.line_count <= {MAX_LINES} AND b.compared_at >= b.fetched_at
            JOIN payment_attempts a ON a.business_id = l.business_id AND a.id = l.attempt_id
                AND a.channel_account_id = b.channel_account_id AND (a.kind = 'refund') = (l.kind = 'refund')
                AND a.kind IN {BILLED!r}
            GROUP BY 1, 2, 3) s
        FULL JOIN (
            SELECT f.business_id, f.bill_id, f.currency, sum(f.fee_minor) AS minor FROM channel_bill_fees f
            JOIN channel_bills b ON b.business_id = f.business_id AND b.id = f.bill_id
                AND b.compared_at >= b.fetched_at GROUP BY 1, 2, 3) f USING (business_id, bill_id, currency)
        WHERE coalesce(s.minor, 0) <> coalesce(f.minor, 0)
        """,
    ),
    Check(
        "I199",
        "each booking of a bill's fees has a journal of its own, with its amount on both accounts",
        """
        SELECT f.business_id, f.id, f.fee_minor FROM channel_bill_fees f
        LEFT JOIN ledger_journals j ON j.business_id = f.business_id AND j.id = f.journal_id
            AND j.template = 'bill_fees' AND j.subject_id = f.bill_id
        LEFT JOIN ledger_entries e ON e.business_id = f.business_id AND e.journal_id = j.id AND e.currency = f.currency
        LEFT JOIN ledger_accounts a ON a.business_id = e.business_id AND a.id = e.account_id
            AND a.owner = CAST(f.channel_account_id AS text)
        GROUP BY f.business_id, f.id, f.fee_minor
        HAVING coalesce(sum(e.amount_minor) FILTER (WHERE a.kind = 'channel_fees'), 0) <> f.fee_minor
            OR coalesce(sum(e.amount_minor) FILTER (WHERE a.kind = 'channel_clearing'), 0) <> -f.fee_minor
        UNION ALL
        SELECT j.business_id, j.id, 0 FROM ledger_journals j WHERE j.template = 'bill_fees' AND NOT EXISTS (
            SELECT FROM channel_bill_fees f WHERE f.business_id = j.business_id AND f.journal_id = j.id)
        """,
    ),
    replayed(BILL, "I20-bil"),
)
