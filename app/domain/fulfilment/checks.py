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
    Check(
        "I32c",
        "a licence key is sold once: to a delivery that stands",
        """
        SELECT k.business_id, k.id, k.status, d.status FROM licence_keys k
        LEFT JOIN deliveries d ON d.business_id = k.business_id AND d.id = k.delivery_id
        WHERE (k.status = 'delivered' AND (d.kind, d.status) IS DISTINCT FROM ('licence_key', 'delivered'))
           OR (k.status = 'free' AND k.delivery_id IS NOT NULL)
        """,
    ),
    replayed("licence_key", "licence_keys", "free", "I20-key"),
    replayed("delivery", "deliveries", "pending", "I20-dlv"),
    replayed("entitlement", "entitlements", "active", "I20-ent"),
)
