"""What must hold between contracts and what pays for them and comes of them: orders, payments, time of membership."""

from __future__ import annotations

from app.core.invariants import Check

CHECKS = (
    Check(
        "I215",
        "at most one payment of a cycle succeeded and is kept",
        """
        SELECT y.business_id, y.contract_id, y.number, count(*) FROM contract_cycles y
        JOIN payment_transactions t ON t.business_id = y.business_id AND t.order_id = y.order_id
        JOIN payment_attempts a ON a.business_id = t.business_id AND a.transaction_id = t.id
        WHERE t.kind IN ('charge', 'deduction') AND a.status = 'succeeded' AND a.applied
          AND a.amount_minor = y.amount_minor
        GROUP BY 1, 2, 3 HAVING count(*) > 1
        """,
    ),
    Check(
        "I216",
        "a cycle stands as its order does, which names the contract and costs what the cycle says",
        """
        SELECT y.business_id, y.id, y.status, o.status FROM contract_cycles y
        JOIN orders o ON o.business_id = y.business_id AND o.id = y.order_id
        WHERE o.contract_id IS DISTINCT FROM y.contract_id OR o.total_minor <> y.amount_minor
           OR o.currency <> y.currency
           OR (y.status = 'due' AND o.status NOT IN ('created', 'paying'))
           OR (y.status = 'unpaid' AND o.status <> 'closed')
           OR (y.status = 'refunded') <> (o.status = 'refunded')
           OR (y.status = 'paid' AND o.paid_at IS NULL)
        """,
    ),
    Check(
        "I217",
        "every order of a contract pays one of its cycles, or was to pay one of its changes",
        "SELECT o.business_id, o.id FROM orders o WHERE o.contract_id IS NOT NULL AND NOT EXISTS ("
        "SELECT FROM contract_cycles y WHERE y.business_id = o.business_id AND y.order_id = o.id"
        " AND y.contract_id = o.contract_id) AND NOT EXISTS ("
        "SELECT FROM contract_changes h WHERE h.business_id = o.business_id AND h.order_id = o.id"
        " AND h.contract_id = o.contract_id AND h.status IN ('charging', 'failed'))",
    ),
    Check(
        "I218",
        "the time of membership that a cycle gave is its period",
        """
        SELECT e.business_id, e.id, e.granted_at, y.starts_at FROM contract_cycles y
        JOIN deliveries d ON d.business_id = y.business_id AND d.order_id = y.order_id
        JOIN entitlements e ON e.business_id = d.business_id AND e.delivery_id = d.id
        WHERE e.granted_at <> y.starts_at OR e.seconds <> extract(epoch FROM y.ends_at - y.starts_at)
        """,
    ),
    Check(
        "I219",
        "no payment of a cycle began after its contract had ended",
        """
        SELECT c.business_id, c.id, a.id, c.ended_at, a.created_at FROM contracts c
        JOIN contract_cycles y ON y.business_id = c.business_id AND y.contract_id = c.id
        JOIN payment_transactions t ON t.business_id = y.business_id AND t.order_id = y.order_id
        JOIN payment_attempts a ON a.business_id = t.business_id AND a.transaction_id = t.id
        WHERE t.kind IN ('charge', 'deduction') AND a.created_at > c.ended_at
        """,
    ),
    Check(
        "I220",
        "at most one deduction of a cycle succeeded and is kept",
        """
        SELECT y.business_id, y.contract_id, y.number, count(*) FROM contract_cycles y
        JOIN payment_transactions t ON t.business_id = y.business_id AND t.order_id = y.order_id
        JOIN payment_attempts a ON a.business_id = t.business_id AND a.transaction_id = t.id
        WHERE t.kind = 'deduction' AND a.status = 'succeeded' AND a.applied
        GROUP BY 1, 2, 3 HAVING count(*) > 1
        """,
    ),
    Check(
        "I223",
        "a cycle is deducted only while its contract’s mandate is in force, where that was given, and for no more",
        """
        SELECT y.business_id, y.contract_id, a.id, a.created_at, m.active_at, m.ended_at FROM contract_cycles y
        JOIN payment_transactions t ON t.business_id = y.business_id AND t.order_id = y.order_id
        JOIN payment_attempts a ON a.business_id = t.business_id AND a.transaction_id = t.id
        LEFT JOIN mandates m ON m.business_id = y.business_id AND m.contract_id = y.contract_id
            AND m.channel_account_id = a.channel_account_id AND m.currency = a.currency
        WHERE t.kind = 'deduction' AND (m.id IS NULL OR a.amount_minor > m.largest_minor
            OR m.active_at IS NULL OR a.created_at < m.active_at OR a.created_at > m.ended_at)
        """,
    ),
    Check(
        "I224",
        "membership that comes of one contract alone runs in its cycles’ periods, without gap or overlap",
        """
        SELECT y.business_id, y.contract_id, y.number, e.starts_at, e.ends_at FROM contract_cycles y
        JOIN deliveries d ON d.business_id = y.business_id AND d.order_id = y.order_id
        JOIN entitlements e ON e.business_id = d.business_id AND e.delivery_id = d.id AND e.status = 'active'
        WHERE y.status = 'paid' AND (e.starts_at <> y.starts_at OR e.ends_at <> y.ends_at)
          AND NOT EXISTS (
            SELECT FROM entitlements other
            LEFT JOIN deliveries its ON its.business_id = other.business_id AND its.id = other.delivery_id
            LEFT JOIN orders o ON o.business_id = its.business_id AND o.id = its.order_id
            WHERE other.business_id = e.business_id AND other.buyer_reference = e.buyer_reference
              AND other.product_id = e.product_id
              AND (o.contract_id IS DISTINCT FROM y.contract_id OR other.status <> 'active' OR other.shortened_us > 0))
        """,
    ),
    Check(
        "I229",
        "what the cut period of a changed contract gave is taken back, within an hour",
        """
        SELECT y.business_id, y.contract_id, y.number, e.id FROM contract_cycles y
        JOIN contract_changes h ON h.business_id = y.business_id AND h.contract_id = y.contract_id
            AND h.effective_at = y.cut_at AND h.status = 'applied'
        JOIN deliveries d ON d.business_id = y.business_id AND d.order_id = y.order_id
        JOIN entitlements e ON e.business_id = d.business_id AND e.delivery_id = d.id
        WHERE e.status = 'active' AND h.decided_at < now() - interval '1 hour'
        """,
    ),
)
