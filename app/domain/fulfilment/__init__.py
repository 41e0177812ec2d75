"""How goods reach the buyer. Each kind of delivery is one class in a registry, idempotent and reversible.

Delivery: pending → delivered → revoked; pending → failed. Entitlement: active → revoked.
Tables: deliveries, entitlements. Callers: workflow/fulfil_order, revoke_order.
"""
