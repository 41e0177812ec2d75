"""Invariants of parcels."""

from __future__ import annotations

from app.core.invariants import Check, replayed
from app.domain.fulfilment.parcels.states import PARCEL

CHECKS = (
    Check(
        "I175",
        "no more units of a line are packed, on their way or delivered than were bought",
        """
        SELECT l.business_id, l.id, l.quantity, sum(x.quantity) FROM order_lines l
        JOIN parcel_lines x ON x.business_id = l.business_id AND x.line_id = l.id
        JOIN parcels p ON p.business_id = x.business_id AND p.id = x.parcel_id
        WHERE p.status IN ('packed', 'shipped', 'delivered')
        GROUP BY l.business_id, l.id, l.quantity HAVING sum(x.quantity) > l.quantity
        """,
    ),
    Check(
        "I176",
        "a shipped line is delivered when all its units arrived, and not before",
        """
        SELECT d.business_id, d.id, d.status, l.quantity, a.arrived FROM deliveries d
        JOIN order_lines l ON l.business_id = d.business_id AND l.id = d.line_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(x.quantity) FILTER (WHERE p.delivered_at IS NOT NULL), 0) AS arrived,
                   coalesce(sum(x.quantity) FILTER (WHERE p.status = 'delivered'), 0) AS there
            FROM parcel_lines x JOIN parcels p ON p.business_id = x.business_id AND p.id = x.parcel_id
            WHERE x.business_id = d.business_id AND x.delivery_id = d.id) a
        WHERE d.kind = 'shipping' AND ((d.status = 'delivered' AND a.arrived < l.quantity)
           OR (d.status = 'pending' AND a.there >= l.quantity))
        """,
    ),
    Check(
        "I177",
        "no parcel waits to be shipped for a line that was refunded",
        """
        SELECT p.business_id, p.id, d.id, d.status FROM parcels p
        JOIN parcel_lines x ON x.business_id = p.business_id AND x.parcel_id = p.id
        JOIN deliveries d ON d.business_id = x.business_id AND d.id = x.delivery_id
        WHERE p.status = 'packed' AND d.status <> 'pending'
        """,
    ),
    Check(
        "I178",
        "a parcel has units of its own order's lines",
        """
        SELECT p.business_id, p.id, d.order_id FROM parcels p
        LEFT JOIN parcel_lines x ON x.business_id = p.business_id AND x.parcel_id = p.id
        LEFT JOIN deliveries d ON d.business_id = x.business_id AND d.id = x.delivery_id AND d.line_id = x.line_id
        WHERE d.order_id IS DISTINCT FROM p.order_id
        """,
    ),
    replayed(PARCEL, "I20-pcl"),
)
