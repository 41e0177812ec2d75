"""Invariants of risk."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.risk.states import RISK_RULE_SET

CHECKS = (
    Check(
        "I260",
        "an order that rules closed has the decision that blocked it, and no other order has",
        """
        SELECT o.business_id, o.id, o.close_reason FROM orders o
        WHERE o.close_reason = 'risk_blocked' AND NOT EXISTS (
            SELECT FROM risk_decisions d
            WHERE d.business_id = o.business_id AND d.order_id = o.id AND d.result = 'block')
        UNION ALL
        SELECT o.business_id, o.id, o.close_reason FROM risk_decisions d
        JOIN orders o ON o.business_id = d.business_id AND o.id = d.order_id
        WHERE d.result = 'block' AND o.close_reason IS DISTINCT FROM 'risk_blocked'
        """,
    ),
    Check(
        "I261",
        "no payment began that a decision blocked, nor one of its order after it",
        """
        SELECT d.business_id, d.id, a.id FROM risk_decisions d
        JOIN payment_transactions t ON t.business_id = d.business_id AND t.order_id = d.order_id
        JOIN payment_attempts a ON a.business_id = t.business_id AND a.transaction_id = t.id
        WHERE d.result = 'block' AND a.kind = 'charge' AND (a.id = d.attempt_id OR a.created_at > d.created_at)
        """,
    ),
    Check(
        "I262",
        "a decision without a rule set that was on allowed the payment, whatever its shadow said",
        """
        SELECT d.business_id, d.id, d.result, d.shadow_result FROM risk_decisions d
        LEFT JOIN risk_rule_sets s ON s.business_id = d.business_id AND s.id = d.rule_set_id
        WHERE (d.rule_set_id IS NULL AND d.result <> 'allow')
           OR (d.rule_set_id IS NOT NULL AND s.status NOT IN ('on', 'retired'))
        """,
    ),
    replayed(RISK_RULE_SET, "I20-rrs"),
)
