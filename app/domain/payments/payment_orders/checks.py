"""Invariants of payment orders and of money that came back."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.payments.payment_orders.states import PAYMENT_LINE, PAYMENT_ORDER

CHECKS = (
    Check(
        "I140",
        "a movement by payment order is what its line says, and its order was approved by a second person",
        """
        SELECT a.business_id, a.id, a.status, t.status AS transaction, l.status AS line, o.status AS payment_order
        FROM payment_attempts a
        JOIN payment_transactions t ON t.business_id = a.business_id AND t.id = a.transaction_id
        LEFT JOIN payment_order_lines l ON l.business_id = a.business_id AND l.attempt_id = a.id
            AND l.status <> 'cancelled'
        LEFT JOIN payment_orders o ON o.business_id = l.business_id AND o.id = l.payment_order_id
        WHERE a.channel = 'offline' AND a.kind IN ('withdrawal', 'payout')
          AND ((t.status = 'succeeded') <> coalesce(l.status = 'executed', false)
            OR (t.status = 'returned') <> coalesce(l.status = 'returned', false)
            OR (l.status = 'rejected' AND a.status <> 'failed')
            OR (l.status IN ('executed', 'rejected', 'returned')
                AND (o.status NOT IN ('sent', 'completed') OR o.approved_by IS NOT DISTINCT FROM o.created_by)))
        """,
    ),
    Check(
        "I141",
        "a payment order is the sum of its lines, each of which is its movement's amount",
        """
        SELECT o.business_id, o.id, o.total_minor, sum(l.amount_minor) AS lines FROM payment_orders o
        LEFT JOIN payment_order_lines l ON l.business_id = o.business_id AND l.payment_order_id = o.id
        LEFT JOIN payment_attempts a ON a.business_id = l.business_id AND a.id = l.attempt_id
        GROUP BY 1, 2, 3, o.line_count, o.currency, o.channel_account_id
        HAVING coalesce(sum(l.amount_minor), 0) <> o.total_minor OR count(l.id) <> o.line_count
            OR bool_or(l.currency <> o.currency OR a.currency <> l.currency OR a.amount_minor <> l.amount_minor
                       OR a.channel_account_id <> o.channel_account_id)
        """,
    ),
    Check(
        "I142",
        "money that was returned is back in the ledger, once and whole",
        """
        SELECT t.business_id, t.id, t.status, sum(e.amount_minor) AS returned FROM payment_transactions t
        LEFT JOIN ledger_journals j ON j.business_id = t.business_id AND j.subject_id = t.id
            AND j.template IN ('withdrawal_returned', 'withdrawal_uncovered_returned', 'payout_returned',
                               'partner_payout_returned', 'platform_payout_returned')
        LEFT JOIN ledger_entries e ON e.business_id = j.business_id AND e.journal_id = j.id
            AND e.layer = 'posted' AND e.amount_minor > 0
        WHERE t.kind IN ('withdrawal', 'payout')
        GROUP BY 1, 2, 3, t.amount_minor
        HAVING coalesce(sum(e.amount_minor), 0) <> CASE WHEN t.status = 'returned' THEN t.amount_minor ELSE 0 END
        """,
    ),
    Check(
        "I143",
        "a payment order is completed exactly when none of its lines waits any more",
        """
        SELECT o.business_id, o.id, o.status, count(*) FILTER (WHERE l.status = 'waiting') AS waiting
        FROM payment_orders o
        JOIN payment_order_lines l ON l.business_id = o.business_id AND l.payment_order_id = o.id
        GROUP BY 1, 2, 3
        HAVING (o.status IN ('requested', 'approved') AND bool_or(l.status <> 'waiting'))
            OR (o.status = 'sent' AND NOT bool_or(l.status = 'waiting'))
            OR (o.status = 'completed' AND bool_or(l.status IN ('waiting', 'cancelled')))
            OR (o.status = 'cancelled' AND bool_or(l.status <> 'cancelled'))
        """,
    ),
    replayed(PAYMENT_ORDER, "I20-por"),
    replayed(PAYMENT_LINE, "I20-pol"),
)
