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
)
