"""Invariants of orders."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.orders.states import ORDER, SESSION

CHECKS = (
    Check(
        "I14",
        "an order's total, its lines and its sub-orders agree",
        """
        SELECT o.business_id, o.id, o.total_minor, l.lines, s.subs FROM orders o
        LEFT JOIN (SELECT business_id, order_id, sum(amount_minor) AS lines FROM order_lines GROUP BY 1, 2) l
            ON l.business_id = o.business_id AND l.order_id = o.id
        LEFT JOIN (SELECT business_id, order_id, sum(amount_minor) AS subs FROM sub_orders GROUP BY 1, 2) s
            ON s.business_id = o.business_id AND s.order_id = o.id
        WHERE o.total_minor IS DISTINCT FROM l.lines OR o.total_minor IS DISTINCT FROM s.subs
        """,
    ),
    Check(
        "I14b",
        "each sub-order is the sum of its lines, and every line is in a sub-order of its own order",
        """
        SELECT s.business_id, s.id, s.amount_minor, l.lines FROM sub_orders s
        LEFT JOIN (SELECT business_id, sub_order_id, order_id, sum(amount_minor) AS lines FROM order_lines
                   GROUP BY 1, 2, 3) l
            ON l.business_id = s.business_id AND l.sub_order_id = s.id
        WHERE s.amount_minor IS DISTINCT FROM l.lines OR s.order_id IS DISTINCT FROM l.order_id
        """,
    ),
    Check(
        "I17",
        "every quantity, price and amount is within its bounds",
        "SELECT business_id, id FROM order_lines WHERE quantity <= 0 OR unit_price_minor < 0"
        " OR amount_minor < 0 OR amount_minor > 99999999999",
    ),
    Check(
        "I18",
        "an order, its lines and its sub-orders have one currency",
        "SELECT o.business_id, o.id FROM orders o JOIN order_lines l ON l.business_id = o.business_id"
        " AND l.order_id = o.id JOIN sub_orders s ON s.business_id = o.business_id AND s.order_id = o.id"
        " WHERE l.currency <> o.currency OR s.currency <> o.currency",
    ),
    Check(
        "I19",
        "an order's lines are those its price was calculated from",
        """
        SELECT o.business_id, o.id FROM orders o
        JOIN order_lines l ON l.business_id = o.business_id AND l.order_id = o.id
        GROUP BY o.business_id, o.id, o.snapshot_hash
        HAVING o.snapshot_hash <> encode(sha256(convert_to(string_agg(
            concat_ws('|', l.sku_id, l.title, l.unit_price_minor, l.currency, l.quantity,
                nullif(l.discount_minor, 0)), E'\\n' ORDER BY l.position),
            'UTF8')), 'hex')
        """,
    ),
    Check(
        "I21",
        "a closed or refunded order has ended, with a reason",
        "SELECT business_id, row_id FROM state_changes WHERE machine = 'order'"
        " AND from_state IN ('closed', 'refunded')",
    ),
    replayed(ORDER, "I20-ord"),
    replayed(SESSION, "I20-ses"),
)
