"""Invariants of risk."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.risk.states import RISK_REVIEW, RISK_RULE_SET

CHECKS = (
    Check(
        "I260",
        "an order that rules closed has a decision that blocked it or a refused review; no other order has a block",
        """
        SELECT o.business_id, o.id, o.close_reason FROM orders o
        WHERE o.close_reason = 'risk_blocked' AND NOT EXISTS (
            SELECT FROM risk_decisions d
            WHERE d.business_id = o.business_id AND d.order_id = o.id AND d.result = 'block'
            AND d.subject = 'payment')
        AND NOT EXISTS (SELECT FROM risk_reviews r WHERE r.business_id = o.business_id AND r.order_id = o.id
            AND r.status = 'refused')
        UNION ALL
        SELECT o.business_id, o.id, o.close_reason FROM risk_decisions d
        JOIN orders o ON o.business_id = d.business_id AND o.id = d.order_id
        WHERE d.subject = 'payment' AND d.result = 'block' AND o.close_reason IS DISTINCT FROM 'risk_blocked'
        """,
    ),
    Check(
        "I261",
        "no payment began that a decision blocked, nor one of its order after it",
        """
        SELECT d.business_id, d.id, a.id FROM risk_decisions d
        JOIN payment_transactions t ON t.business_id = d.business_id AND t.order_id = d.order_id
        JOIN payment_attempts a ON a.business_id = t.business_id AND a.transaction_id = t.id
        WHERE d.subject = 'payment' AND d.result = 'block' AND a.kind = 'charge'
            AND (a.id = d.attempt_id OR a.created_at > d.created_at)
        """,
    ),
    Check(
        "I262",
        "a decision without a rule set that was on allowed what it was about, whatever its shadow said",
        """
        SELECT d.business_id, d.id, d.result, d.shadow_result FROM risk_decisions d
        LEFT JOIN risk_rule_sets s ON s.business_id = d.business_id AND s.id = d.rule_set_id
        WHERE (d.rule_set_id IS NULL AND d.result <> 'allow')
           OR (d.rule_set_id IS NOT NULL AND s.status NOT IN ('on', 'retired'))
        """,
    ),
    Check(
        "I266",
        "a decision that asks for a review has the review of its order, and each review such a decision and a case",
        """
        SELECT d.business_id, d.id, d.order_id FROM risk_decisions d
        LEFT JOIN risk_reviews r ON r.business_id = d.business_id AND r.order_id = d.order_id
        WHERE d.result = 'review' AND r.id IS NULL
        UNION ALL
        SELECT r.business_id, r.id, r.order_id FROM risk_reviews r
        JOIN risk_decisions d ON d.business_id = r.business_id AND d.id = r.decision_id
        LEFT JOIN cases c ON c.business_id = r.business_id AND c.kind = 'risk_review' AND c.subject_id = r.id
        WHERE d.result <> 'review' OR d.order_id <> r.order_id OR c.id IS NULL
            OR (r.status <> 'waiting' AND c.status <> 'resolved')
        """,
    ),
    Check(
        "I267",
        "no payment began that waited for a review, before its release or after its refusal, which closed the order",
        """
        SELECT d.business_id, d.id, a.id AS other_id FROM risk_decisions d
        JOIN payment_attempts a ON a.business_id = d.business_id AND a.id = d.attempt_id
        LEFT JOIN risk_reviews r ON r.business_id = d.business_id AND r.order_id = d.order_id
            AND r.status = 'released' AND r.decided_at <= a.created_at
        WHERE d.result = 'review' AND r.id IS NULL
        UNION ALL
        SELECT r.business_id, r.id, o.id FROM risk_reviews r
        JOIN orders o ON o.business_id = r.business_id AND o.id = r.order_id
        WHERE r.status = 'refused' AND o.close_reason IS DISTINCT FROM 'risk_blocked'
        UNION ALL
        SELECT r.business_id, r.id, a.id FROM risk_reviews r
        JOIN payment_transactions t ON t.business_id = r.business_id AND t.order_id = r.order_id
        JOIN payment_attempts a ON a.business_id = t.business_id AND a.transaction_id = t.id
        WHERE r.status = 'refused' AND a.kind = 'charge' AND a.created_at > r.decided_at
        """,
    ),
    Check(
        "I247",
        "a refund that a decision blocked was never made, nor waits for an approval",
        """
        SELECT d.business_id, d.id, t.id AS other_id FROM risk_decisions d
        JOIN payment_transactions t ON t.business_id = d.business_id AND t.id = d.refund_id
        WHERE d.subject = 'refund' AND d.result = 'block'
        UNION ALL
        SELECT d.business_id, d.id, a.id FROM risk_decisions d
        JOIN approvals a ON a.business_id = d.business_id AND a.transaction_id = d.refund_id
        WHERE d.subject = 'refund' AND d.result = 'block'
        """,
    ),
    Check(
        "I248",
        "a refund for which a decision asks for approval has that approval, and is made after it only",
        """
        SELECT d.business_id, d.id, d.refund_id FROM risk_decisions d
        LEFT JOIN approvals a ON a.business_id = d.business_id AND a.transaction_id = d.refund_id AND a.kind = 'refund'
        LEFT JOIN payment_transactions t ON t.business_id = d.business_id AND t.id = d.refund_id
        WHERE d.subject = 'refund' AND d.result = 'approval' AND (a.id IS NULL OR a.subject_id <> d.order_id
            OR (t.id IS NOT NULL AND (a.status IN ('requested', 'rejected', 'expired') OR a.decided_at IS NULL)))
        """,
    ),
    Check(
        "I249",
        "a decision about a refund is about what came of it: its order, no more money, asked for by a person or key",
        """
        SELECT d.business_id, d.id, d.refund_id FROM risk_decisions d
        JOIN payment_transactions t ON t.business_id = d.business_id AND t.order_id = d.order_id
            AND (t.id = d.refund_id OR t.split_of = d.refund_id)
        WHERE d.subject = 'refund'
        GROUP BY d.business_id, d.id, d.refund_id, d.amount_minor, d.currency
        HAVING sum(t.amount_minor) > d.amount_minor OR bool_or(t.currency <> d.currency OR t.kind <> 'refund')
            OR bool_or(t.actor LIKE 'system%')
        UNION ALL
        SELECT d.business_id, d.id, d.refund_id FROM risk_decisions d
        JOIN payment_transactions t ON t.business_id = d.business_id AND t.id = d.refund_id
        WHERE d.subject = 'refund' AND t.order_id IS DISTINCT FROM d.order_id
        """,
    ),
    Check(
        "I274",
        "a refund that rules send to the wallet goes there, and any other goes back to where its money came from",
        """
        SELECT d.business_id, d.id, a.id AS other_id FROM risk_decisions d
        JOIN payment_transactions t ON t.business_id = d.business_id AND t.order_id = d.order_id
            AND (t.id = d.refund_id OR t.split_of = d.refund_id)
        JOIN payment_attempts a ON a.business_id = t.business_id AND a.transaction_id = t.id
        WHERE d.subject = 'refund' AND d.result = 'wallet_only' AND a.channel <> 'wallet'
        UNION ALL
        SELECT a.business_id, a.id, c.id FROM payment_attempts a
        JOIN payment_transactions t ON t.business_id = a.business_id AND t.id = a.transaction_id
        JOIN payment_attempts c ON c.business_id = t.business_id AND c.id = t.charge_attempt_id
        WHERE a.kind = 'refund' AND a.channel_account_id <> c.channel_account_id AND NOT EXISTS (
            SELECT FROM risk_decisions d
            WHERE d.business_id = t.business_id AND d.refund_id = coalesce(t.split_of, t.id)
            AND d.result = 'wallet_only' AND a.channel = 'wallet')
        """,
    ),
    replayed(RISK_RULE_SET, "I20-rrs"),
    replayed(RISK_REVIEW, "I20-rrv"),
)
