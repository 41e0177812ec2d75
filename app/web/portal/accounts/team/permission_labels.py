"""What permissions are called, for the matrix of roles and the form of a role."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from app.domain.accounts.business.types import KNOWN

# What a permission lets somebody do; one that is not here is called after its name.
LABELS = {
    "agreements.read": "View agreements",
    "agreements.write": "Edit and publish agreements",
    "approvals.read": "View approvals",
    "audit.read": "Read and export the audit log",
    "bank_transfers.read": "View bank transfers",
    "bank_transfers.write": "Record and confirm bank transfers",
    "buyers.read": "View buyers’ email addresses and phone numbers",
    "channels.read": "View channels and routing",
    "channels.write": "Manage channels and routing",
    "checkout.read": "View buttons, origins and appearance",
    "checkout.write": "Manage buttons, origins and appearance",
    "home.read": "View the home page",
    "jobs.read": "View jobs and dead letters",
    "jobs.write": "Retry or discard dead letters",
    "keys.read": "View API keys",
    "keys.write": "Create and revoke API keys",
    "notes.write": "Add notes to orders",
    "orders.read": "View orders",
    "orders.write": "Close orders and retry deliveries",
    "payouts.write": "Pay out and withdraw",
    "products.read": "View products, prices and stock",
    "products.write": "Manage products, prices and stock",
    "promotions.read": "View promotions and coupons",
    "promotions.write": "Manage promotions and coupons",
    "refunds.write": "Refund, and approve refunds",
    "settings.write": "Manage settings and limits",
    "team.read": "View the team",
    "team.write": "Invite members and manage roles",
    "wallets.read": "View wallets and movements",
    "wallets.write": "Top up, transfer and place holds",
    "webhooks.read": "View webhooks and deliveries",
    "webhooks.write": "Manage webhooks and resend deliveries",
}
_GROUPS = {
    "agreements": "Agreements",
    "approvals": "Approvals",
    "audit": "Audit log",
    "bank_transfers": "Bank transfers",
    "buyers": "Orders",
    "channels": "Payment channels",
    "checkout": "Checkout",
    "home": "Home",
    "jobs": "Jobs and events",
    "keys": "API keys",
    "notes": "Orders",
    "orders": "Orders",
    "payouts": "Wallets and payouts",
    "products": "Products",
    "promotions": "Promotions",
    "refunds": "Orders",
    "settings": "Settings",
    "team": "Team",
    "wallets": "Wallets and payouts",
    "webhooks": "Webhooks",
}


# What each of our roles is for.
ROLES_ARE_FOR = {
    "owner": "Full access, including team and settings.",
    "finance": "Refunds, payouts, bank transfers and the audit log.",
    "support": "Orders, refunds and wallets. No keys or channels.",
    "developer": "Restricted keys, channels, products and webhooks. Cannot move money.",
    "viewer": "Read-only access to orders, products and wallets, without buyers’ contact details.",
}


@dataclass(frozen=True)
class Right:
    """A permission and what it is called."""

    key: str
    label: str


@dataclass(frozen=True)
class Rights:
    """Permissions about one thing, seeing before changing."""

    title: str
    rights: tuple[Right, ...]


def groups(permissions: Iterable[str] = KNOWN) -> tuple[Rights, ...]:
    """The permissions under the things they are about, by title."""
    ordered = sorted(permissions, key=lambda key: (_group(key), not key.endswith(".read"), key))
    return tuple(
        Rights(title, tuple(Right(key, label_of(key)) for key in keys)) for title, keys in groupby(ordered, key=_group)
    )


def label_of(permission: str) -> str:
    """What the permission lets somebody do."""
    thing, _, verb = permission.partition(".")
    called = {"read": "See", "write": "Change"}.get(verb, verb.capitalize())
    return LABELS.get(permission) or f"{called} {thing.replace('_', ' ')}"


def _group(permission: str) -> str:
    thing = permission.partition(".")[0]
    return _GROUPS.get(thing) or thing.replace("_", " ").capitalize()
