"""What a restricted key can be given: a resource, to read or to read and write. Every operation of the API names one
(the permission that it declares)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LEVELS = ("read", "write")


@dataclass(frozen=True)
class Resource:
    """What a scope is about, in words, and the levels there are."""

    title: str
    what: str
    levels: tuple[str, ...] = LEVELS


RESOURCES: dict[str, Resource] = {
    "orders": Resource(
        "Orders", "Read, place, pay, cancel and complete orders; payments, deliveries and reservations."
    ),
    "buyers": Resource(
        "Buyers",
        "Buyers and notes about them. Without it, their references, email addresses and phone numbers are masked.",
    ),
    "refunds": Resource("Refunds", "Read and create refunds."),
    "checkout": Resource("Checkout", "Checkout sessions and configurations."),
    "products": Resource("Products", "Products, prices, stock, files and deliverables."),
    "agreements": Resource("Agreements", "Texts that buyers accept: drafts, versions and who must accept them."),
    "promotions": Resource("Promotions", "Promotions: create, turn on, turn off and end."),
    "coupons": Resource("Coupons", "Coupon templates and coupons."),
    "contracts": Resource("Contracts", "Contracts that renew by themselves and their cycles: sign, pause and cancel."),
    "entitlements": Resource("Entitlements", "What buyers own, and links to their purchases page."),
    "wallets": Resource("Wallets", "Wallets, points, holds and every movement of money."),
    "channels": Resource("Channels", "Channel accounts, their health and routing; never their secrets."),
    "payouts": Resource("Payouts", "Withdrawals and payouts.", ("write",)),
    "ledger": Resource("Till", "Bank accounts, what payment companies settled to them, and adjustments."),
    "settlement": Resource("Settlement", "Partners, split rules and what was cleared for whom."),
    "risk": Resource("Risk", "Lists of whom you trust, watch and refuse, rules, decisions and reviews."),
    "approvals": Resource("Approvals", "Requests that wait for approval; decide them up to the key’s approval limits."),
    "cases": Resource("Cases", "What needs a person: read, assign, comment, mend and resolve."),
    "events": Resource("Events", "The event list.", ("read",)),
    "webhooks": Resource("Webhooks", "Endpoints, deliveries and replays."),
    "jobs": Resource("Jobs", "Queued work and dead letters; retry them."),
    "team": Resource("Team", "Members and roles.", ("read",)),
    "request_logs": Resource("Request log", "API requests and responses.", ("read",)),
    "reports": Resource("Reports", "The metrics of Home as tables.", ("read",)),
    "alerts": Resource("Alerts", "Alerts and alert chats."),
    "settings": Resource(
        "Settings", "The settings of the business and their versions, order splitting and shared views."
    ),
    "keys": Resource("API keys", "API keys, without their secrets.", ("read",)),
}
# What a restricted key is never given: with it, it could give itself the rest, or see and erase whole buyers.
SECRET_KEYS_ONLY = frozenset({"keys.write", "team.write", "privacy.write"})

# What people's permissions call a resource, where that is another word, and scopes that show more than one thing.
_OF_PEOPLE = {
    "coupons": "promotions",
    "entitlements": "orders",
    "contracts": "orders",
    "request_logs": "keys",
    "reports": "home",
    "alerts": "home",
}
_OTHER = {
    "refunds.read": frozenset({"orders.read"}),
    "events.read": frozenset({"orders.read", "webhooks.read"}),
    "alerts.write": frozenset({"settings.write"}),
    "approvals.write": frozenset({"settings.write", "approvals.read"}),
}

GRANTABLE = frozenset(f"{name}.{level}" for name, resource in RESOURCES.items() for level in resource.levels)
KNOWN = GRANTABLE | SECRET_KEYS_ONLY


def ordered(scopes: Iterable[str]) -> list[str]:
    """Scopes in the order of the table, each once, without what another one includes; unknown ones left out."""
    known = set(scopes)
    return [
        f"{name}.{level}"
        for name, resource in RESOURCES.items()
        for level in resource.levels
        if f"{name}.{level}" in known and not (level == "read" and f"{name}.write" in known)
    ]


def permissions(scopes: Iterable[str]) -> frozenset[str]:
    """The permissions that these scopes allow; `write` includes `read`."""
    known = frozenset(scopes)
    return known | {f"{scope.removesuffix('.write')}.read" for scope in known if scope.endswith(".write")}


def needed(scopes: Iterable[str]) -> frozenset[str]:
    """The permissions that an actor needs to give these scopes to a key: nobody gives a key more than they have."""
    return frozenset[str]().union(
        *(_OTHER.get(scope) or {_of_people(scope)} for scope in permissions(scopes) & GRANTABLE)
    )


def _of_people(scope: str) -> str:
    name, _, level = scope.partition(".")
    return f"{_OF_PEOPLE.get(name, name)}.{level}"


def by_resource(scopes: Iterable[str]) -> Mapping[str, str]:
    """The level of each resource that has one."""
    return dict(scope.split(".") for scope in ordered(scopes))
