"""Invariants of clearing across nouns: nothing that is due is forgotten."""

from __future__ import annotations

from app.core.invariants import Check

_WAITS = """
EXISTS (SELECT FROM outbox_events e WHERE e.business_id = o.business_id AND e.aggregate_id = o.id
        AND e.topic = 'order.clearing_due' AND e.status <> 'done')
"""
CHECKS = (
    Check(
        "I236",
        "an order that is due is cleared and its refunds are taken back, unless that still waits in the outbox",
        f"""
        SELECT o.business_id, o.id, NULL::uuid AS refund_id FROM orders o
        WHERE (o.clears_on = 'completion' AND o.completed_at IS NOT NULL
               OR o.clears_on = 'payment' AND o.paid_at IS NOT NULL)
          AND NOT EXISTS (SELECT FROM clearing_entries c WHERE c.business_id = o.business_id AND c.order_id = o.id)
          AND NOT {_WAITS}
        UNION ALL
        SELECT o.business_id, o.id, t.id FROM orders o
        JOIN payment_transactions t ON t.business_id = o.business_id AND t.order_id = o.id AND t.kind = 'refund'
            AND t.status = 'succeeded'
        JOIN refund_lines r ON r.business_id = t.business_id AND r.transaction_id = t.id
        JOIN clearing_entries c ON c.business_id = r.business_id AND c.line_id = r.line_id AND c.kind = 'share'
            AND c.partner_id IS NULL
        WHERE NOT EXISTS (SELECT FROM clearing_entries b WHERE b.business_id = r.business_id AND b.line_id = r.line_id
                          AND b.cause_id = t.id AND b.kind = 'share_reversed')
          AND NOT {_WAITS}
        """,  # noqa: S608 (our own text)
    ),
)
