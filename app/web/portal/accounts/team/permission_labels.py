"""What permissions are called, for the matrix of roles and the form of a role."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from app.core.i18n.marks import N_
from app.domain.accounts.business.types import KNOWN

# What a permission lets somebody do; one that is not here is called after its name.
LABELS = {
    "agreements.read": N_("View agreements"),
    "agreements.write": N_("Edit and publish agreements"),
    "approvals.read": N_("View approvals"),
    "audit.read": N_("Read and export the audit log"),
    "bank_transfers.read": N_("View bank transfers"),
    "bank_transfers.write": N_("Record and confirm bank transfers"),
    "buyers.read": N_("View buyers, and their email addresses and phone numbers"),
    "buyers.write": N_("Create, change, merge and import buyers"),
    "cases.read": N_("View cases"),
    "cases.write": N_("Assign, comment on and resolve cases"),
    "channels.read": N_("View channels and routing"),
    "channels.write": N_("Manage channels and routing"),
    "checkout.read": N_("View buttons, origins and appearance"),
    "checkout.write": N_("Manage buttons, origins and appearance"),
    "home.read": N_("View the home page"),
    "jobs.read": N_("View jobs and dead letters"),
    "jobs.write": N_("Retry or discard dead letters"),
    "keys.read": N_("View API keys"),
    "keys.write": N_("Create and revoke API keys"),
    "ledger.read": N_("View bank accounts, settlements and adjustments"),
    "settlement.read": N_("View partners, split rules and shares"),
    "settlement.write": N_("Manage partners and split rules"),
    "ledger.write": N_("Record and confirm settlements and adjustments"),
    "notes.write": N_("Add notes to orders"),
    "orders.read": N_("View orders"),
    "orders.write": N_("Close orders and retry deliveries"),
    "payouts.write": N_("Pay out and withdraw"),
    "products.read": N_("View products, prices and stock"),
    "products.write": N_("Manage products, prices and stock"),
    "promotions.read": N_("View promotions and coupons"),
    "promotions.write": N_("Manage promotions and coupons"),
    "refunds.write": N_("Refund, and approve refunds"),
    "risk.read": N_("View lists, rules and decisions about risk"),
    "risk.write": N_("Manage lists and rules, and decide reviews"),
    "settings.read": N_("View settings and their history"),
    "settings.write": N_("Manage settings and limits"),
    "team.read": N_("View the team"),
    "team.write": N_("Invite members and manage roles"),
    "wallets.read": N_("View wallets and movements"),
    "wallets.write": N_("Top up, transfer and place holds"),
    "webhooks.read": N_("View webhooks and deliveries"),
    "webhooks.write": N_("Manage webhooks and resend deliveries"),
}
_GROUPS = {
    "agreements": "Agreements",
    "approvals": "Approvals",
    "audit": "Audit log",
    "bank_transfers": "Bank transfers",
    "buyers": "Orders",
    "cases": "Cases",
    "channels": "Payment channels",
    "checkout": "Checkout",
    "home": "Home",
    "jobs": "Jobs and events",
    "keys": "API keys",
    "ledger": "Till",
    "notes": "Orders",
    "orders": "Orders",
    "payouts": "Wallets and payouts",
    "risk": "Risk",
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
    "owner": N_("Full access, including team and settings."),
    "finance": N_("Refunds, payouts, bank transfers and the audit log."),
    "support": N_("Orders, refunds and wallets. No keys or channels."),
    "developer": N_("Restricted keys, channels, products and webhooks. Cannot move money."),
    "viewer": N_("Read-only access to orders, products and wallets, without buyers’ contact details."),
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
