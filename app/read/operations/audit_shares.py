"""Invariants of what shares are computed on: who sold a line, and what was taken off it by what."""

from __future__ import annotations

from app.core.invariants import Check

CHECKS = (
    Check(
        "I201",
        "a line's discounts by promotion and coupon sum to its discount",
        """
        SELECT l.business_id, l.id, l.discount_minor, d.minor FROM order_lines l
        LEFT JOIN LATERAL (SELECT sum((each ->> 'discount_minor')::bigint) AS minor, min((each ->> 'discount_minor')
                           ::bigint) AS least FROM jsonb_array_elements(l.discounts) each) d ON true
        WHERE l.discount_minor <> coalesce(d.minor, 0) OR d.least <= 0
        """,
    ),
    Check(
        "I202",
        "what a promotion or coupon gave an order is what its lines have of it",
        """
        WITH given AS (
            SELECT business_id, order_id, promotion_id AS rule_id, spent_minor FROM promotion_uses
            UNION ALL SELECT business_id, order_id, template_id, spent_minor FROM coupon_uses
        ), kept AS (
            SELECT l.business_id, l.order_id, (each ->> 'rule_id')::uuid AS rule_id,
                   sum((each ->> 'discount_minor')::bigint) AS minor
            FROM order_lines l, jsonb_array_elements(l.discounts) each
            WHERE each ->> 'source' NOT IN ('unknown', 'contract_credit')
            GROUP BY 1, 2, 3
        )
        SELECT k.business_id, k.order_id, k.rule_id, k.minor, g.spent_minor FROM kept k
        LEFT JOIN given g USING (business_id, order_id, rule_id) WHERE k.minor IS DISTINCT FROM g.spent_minor
        """,
    ),
    Check(
        "I203",
        "what a seller has of a movement is for lines that they sold",
        """
        SELECT d.business_id, d.id, d.seller_id FROM transaction_details d
        WHERE d.seller_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM order_lines l JOIN payment_transactions t
                ON t.business_id = l.business_id AND t.order_id = l.order_id
            WHERE t.business_id = d.business_id AND t.id = d.transaction_id AND l.sub_order_id = d.sub_order_id
                AND l.seller_id = d.seller_id)
        """,
    ),
)
