"""What permissions are called, for the matrix of roles and the form of a role."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from app.domain.accounts.business.types import KNOWN

# What a permission lets somebody do; one that is not here is called after its name.
WORDS = {
    "agreements.read": "See agreements",
    "agreements.write": "Write and publish agreements",
    "approvals.read": "See what waits for approval",
    "audit.read": "Read and export the audit log",
    "bank_transfers.read": "See bank transfers",
    "bank_transfers.write": "Record and confirm bank transfers",
    "buyers.read": "See buyers' e-mail addresses and phone numbers",
    "channels.read": "See channels and routing",
    "channels.write": "Set up channels and routing",
    "checkout.read": "See buttons, origins and appearance",
    "checkout.write": "Change buttons, origins and appearance",
    "home.read": "See the home page",
    "jobs.read": "See jobs and what was given up",
    "jobs.write": "Try again or leave what was given up",
    "keys.read": "See API keys",
    "keys.write": "Make and revoke API keys",
    "notes.write": "Write notes on orders",
    "orders.read": "See orders",
    "orders.write": "Close orders, deliver again",
    "payouts.write": "Pay out and withdraw",
    "products.read": "See products, prices and stock",
    "products.write": "Change products, prices and stock",
    "promotions.read": "See promotions and coupons",
    "promotions.write": "Change promotions and coupons",
    "refunds.write": "Refund, and approve refunds",
    "settings.write": "Change settings and limits",
    "team.read": "See the team",
    "team.write": "Invite people and change roles",
    "wallets.read": "See wallets and movements",
    "wallets.write": "Top up, transfer and place holds",
    "webhooks.read": "See webhooks and deliveries",
    "webhooks.write": "Change and replay webhooks",
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
    "owner": "Everything, the team and the settings included.",
    "finance": "Keeps the books: refunds, payouts, bank transfers, the audit log.",
    "support": "Helps buyers: orders, refunds, wallets. No keys, no channels.",
    "developer": "Builds the shop: restricted keys, channels, products, webhooks. Moves no money.",
    "viewer": "Sees orders, products and wallets without buyers' addresses; changes nothing.",
}


@dataclass(frozen=True)
class Right:
    """A permission and what it is called."""

    key: str
    words: str


@dataclass(frozen=True)
class Rights:
    """Permissions about one thing, seeing before changing."""

    title: str
    rights: tuple[Right, ...]


def groups(permissions: Iterable[str] = KNOWN) -> tuple[Rights, ...]:
    """The permissions under the things they are about, by title."""
    ordered = sorted(permissions, key=lambda key: (_group(key), not key.endswith(".read"), key))
    return tuple(
        Rights(title, tuple(Right(key, words(key)) for key in keys)) for title, keys in groupby(ordered, key=_group)
    )


def words(permission: str) -> str:
    """What the permission lets somebody do."""
    thing, _, verb = permission.partition(".")
    called = {"read": "See", "write": "Change"}.get(verb, verb.capitalize())
    return WORDS.get(permission) or f"{called} {thing.replace('_', ' ')}"


def _group(permission: str) -> str:
    thing = permission.partition(".")[0]
    return _GROUPS.get(thing) or thing.replace("_", " ").capitalize()
