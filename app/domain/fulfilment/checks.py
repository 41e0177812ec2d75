"""Invariants of deliveries."""

from __future__ import annotations

from app.core.invariants import Check, replayed

CHECKS = (
    Check(
        "I32b",
        "a delivered membership has its time, a revoked one has none running",
        """
        SELECT d.business_id, d.id, d.status, e.status FROM deliveries d
        LEFT JOIN entitlements e ON e.business_id = d.business_id AND e.delivery_id = d.id
        WHERE d.kind = 'entitlement' AND ((d.status = 'delivered' AND e.status IS DISTINCT FROM 'active')
           OR (d.status = 'revoked' AND e.status = 'active'))
        """,
    ),
    replayed("delivery", "deliveries", "pending", "I20-dlv"),
    replayed("entitlement", "entitlements", "active", "I20-ent"),
)
