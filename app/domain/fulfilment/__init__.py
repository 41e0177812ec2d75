"""How goods reach the buyer. Each kind of delivery is one class in a registry, idempotent and reversible.

Delivery: pending → delivered → revoked; pending → failed. Entitlement: active → revoked.
Credit and points have no states: a grant is there until it is taken back, points are entries of an account.
Tables: deliveries, entitlements, licence_keys, grants, points_accounts, points_entries. Callers:
workflow/fulfilment/fulfil_order, deliver_line, give_credit, change_points, manage_delivery, set_deliverable.
"""
