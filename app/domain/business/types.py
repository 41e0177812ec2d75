"""Roles and what each may do; the routes name these permissions."""

from __future__ import annotations

READ = frozenset(
    {"home.read", "orders.read", "products.read", "channels.read", "keys.read", "wallets.read", "agreements.read"}
    | {"bank_transfers.read", "promotions.read", "checkout.read", "webhooks.read", "approvals.read"}
)
PERMISSIONS: dict[str, frozenset[str]] = {
    "owner": READ
    | {"orders.write", "refunds.write", "products.write", "channels.write", "keys.write", "notes.write"}
    | {"wallets.write", "payouts.write", "agreements.write", "bank_transfers.write", "promotions.write"}
    | {"buyers.read", "settings.write", "audit.read", "checkout.write", "webhooks.write"},
    "finance": READ
    | {"refunds.write", "notes.write", "wallets.write", "payouts.write", "bank_transfers.write"}
    | {"audit.read", "buyers.read"},
    "support": frozenset({"home.read", "orders.read", "products.read", "wallets.read", "agreements.read"})
    | {"refunds.write", "notes.write", "orders.write", "wallets.write", "bank_transfers.read", "promotions.read"}
    | {"checkout.read", "approvals.read", "buyers.read"},
    "developer": READ
    | {"keys.write", "channels.write", "products.write", "agreements.write", "promotions.write", "checkout.write"}
    | {"webhooks.write"},
    "viewer": frozenset({"home.read", "orders.read", "products.read", "wallets.read", "agreements.read"})
    | {"bank_transfers.read", "promotions.read", "checkout.read"},
}
