"""Invariants of channel bills."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.payments.channel_bills.service import MAX_LINES
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
    replayed(BILL, "I20-bil"),
)
