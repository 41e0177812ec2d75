"""Invariants of receipts."""

from __future__ import annotations

from app.core.invariants import Check

CHECKS = (
    Check(
        "I127",
        "numbers of receipts have no gap but where a series begins, and the counter is at the last one",
        "SELECT r.business_id, r.id FROM receipts r WHERE NOT r.begins_series AND NOT EXISTS (SELECT FROM receipts p"
        " WHERE p.business_id = r.business_id AND p.number = r.number - 1)"
        " UNION ALL SELECT c.business_id, NULL FROM receipt_counters c WHERE c.last_number <>"
        " (SELECT coalesce(max(r.number), 0) FROM receipts r WHERE r.business_id = c.business_id)",
    ),
    Check(
        "I128",
        "each tax on a receipt is its rate of its amount to the minor unit, and the amounts are within the order's",
        "SELECT r.business_id, r.id FROM receipts r CROSS JOIN LATERAL jsonb_to_recordset(r.taxes)"
        " AS t (rate_bps bigint, gross_minor bigint, tax_minor bigint) JOIN orders o ON o.business_id = r.business_id"
        " AND o.id = r.order_id GROUP BY r.business_id, r.id, o.total_minor"
        " HAVING sum(t.gross_minor) > o.total_minor OR bool_or(t.tax_minor <>"
        " div(2::numeric * t.gross_minor * t.rate_bps + 10000 + t.rate_bps, 2::numeric * (10000 + t.rate_bps)))",
    ),
    Check(
        "I268",
        "numbers of credit notes have no gap but where a series begins, and the counter is at the last one",
        "SELECT n.business_id, n.id FROM credit_notes n WHERE NOT n.begins_series AND NOT EXISTS"
        " (SELECT FROM credit_notes p WHERE p.business_id = n.business_id AND p.number = n.number - 1)"
        " UNION ALL SELECT c.business_id, NULL FROM credit_note_counters c WHERE c.last_number <>"
        " (SELECT coalesce(max(n.number), 0) FROM credit_notes n WHERE n.business_id = c.business_id)",
    ),
    Check(
        "I269",
        "the credit notes of an order give back at most what its receipt says, and of each tax exactly what is in that",
        "SELECT n.business_id, n.order_id FROM credit_notes n JOIN orders o ON o.business_id = n.business_id"
        " AND o.id = n.order_id GROUP BY n.business_id, n.order_id, o.total_minor"
        " HAVING sum(n.amount_minor) > o.total_minor"
        " UNION ALL SELECT g.business_id, g.order_id FROM (SELECT n.business_id, n.order_id, t.name, t.rate_bps,"
        " sum(t.gross_minor) AS gross, sum(t.tax_minor) AS tax FROM credit_notes n CROSS JOIN LATERAL"
        " jsonb_to_recordset(n.taxes) AS t (name text, rate_bps bigint, gross_minor bigint, tax_minor bigint)"
        " GROUP BY n.business_id, n.order_id, t.name, t.rate_bps) g WHERE g.tax <>"
        " div(2::numeric * g.gross * g.rate_bps + 10000 + g.rate_bps, 2::numeric * (10000 + g.rate_bps))"
        " OR NOT EXISTS (SELECT FROM receipts r CROSS JOIN LATERAL jsonb_to_recordset(r.taxes)"
        " AS t (name text, rate_bps bigint, gross_minor bigint) WHERE r.business_id = g.business_id"
        " AND r.order_id = g.order_id AND t.name = g.name AND t.rate_bps = g.rate_bps AND t.gross_minor >= g.gross)",
    ),
    Check(
        "I270",
        "a corrected receipt corrects the first one of its order, comes after it, and has its taxes",
        "SELECT r.business_id, r.id FROM receipts r LEFT JOIN receipts f ON f.business_id = r.business_id"
        " AND f.id = r.corrects_id WHERE r.corrects_id IS NOT NULL AND (f.order_id <> r.order_id"
        " OR f.corrects_id IS NOT NULL OR f.number >= r.number OR f.taxes <> r.taxes OR f.buyer <> '{}')",
    ),
    Check(
        "I271",
        "a credit note belongs to a receipt of its order, and says who sold and bought as that does",
        "SELECT n.business_id, n.id FROM credit_notes n JOIN receipts r ON r.business_id = n.business_id"
        " AND r.id = n.receipt_id WHERE r.order_id <> n.order_id OR r.seller <> n.seller OR r.buyer <> n.buyer",
    ),
    Check(
        "I272",
        "a credit note is of a refund of its order that succeeded, and of its amount",
        "SELECT n.business_id, n.id FROM credit_notes n JOIN payment_transactions t ON t.business_id = n.business_id"
        " AND t.id = n.transaction_id WHERE t.kind <> 'refund' OR t.status <> 'succeeded'"
        " OR t.order_id IS DISTINCT FROM n.order_id OR t.amount_minor <> n.amount_minor OR t.currency <> n.currency",
    ),
)
