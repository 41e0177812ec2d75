"""Roles and what each may do; the routes name these permissions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

READ = frozenset(
    {"home.read", "orders.read", "products.read", "channels.read", "keys.read", "wallets.read", "agreements.read"}
    | {
        "bank_transfers.read",
        "promotions.read",
        "checkout.read",
        "webhooks.read",
        "approvals.read",
        "cases.read",
        "team.read",
        "jobs.read",
        "settings.read",
        "ledger.read",
        "settlement.read",
    }
)
PERMISSIONS: dict[str, frozenset[str]] = {
    "owner": READ
    | {"orders.write", "refunds.write", "products.write", "channels.write", "keys.write", "notes.write"}
    | {"wallets.write", "payouts.write", "agreements.write", "bank_transfers.write", "promotions.write"}
    | {
        "buyers.read",
        "buyers.write",
        "settings.write",
        "audit.read",
        "checkout.write",
        "webhooks.write",
        "team.write",
        "jobs.write",
    }
    | {"cases.write", "ledger.write", "settlement.write", "risk.read", "risk.write"},
    "finance": READ
    | {"refunds.write", "notes.write", "wallets.write", "payouts.write", "bank_transfers.write"}
    | {"audit.read", "buyers.read", "cases.write", "ledger.write", "settlement.write"}
    | {"risk.read", "risk.write"},
    "support": frozenset({"home.read", "orders.read", "products.read", "wallets.read", "agreements.read"})
    | {"refunds.write", "notes.write", "orders.write", "wallets.write", "bank_transfers.read", "promotions.read"}
    | {"checkout.read", "approvals.read", "buyers.read", "buyers.write", "cases.read", "cases.write"}
    | {"risk.read", "risk.write"},
    "developer": READ
    | {"keys.write", "channels.write", "products.write", "agreements.write", "promotions.write", "checkout.write"}
    | {"webhooks.write", "jobs.write", "cases.write"},
    "viewer": frozenset({"home.read", "orders.read", "products.read", "wallets.read", "agreements.read"})
    | {"bank_transfers.read", "promotions.read", "checkout.read"},
}
KNOWN = frozenset[str]().union(*PERMISSIONS.values())
# Points and days of membership have no currency; these stand for it, where limits and sums name one.
POINTS, DAYS = "PTS", "DAY"
UNITS = {"points": POINTS, "membership": DAYS}
UNIT_TITLES = {POINTS: "points", DAYS: "days"}
CUSTOM = "custom"  # the role of a membership whose permissions a business has put together itself
ROLES = {"owner": "Owner", "finance": "Finance", "support": "Support", "developer": "Developer", "viewer": "Viewer"}

# What a role may limit → what somebody needs to do it at all.
LimitedKind = Literal["refund", "payout", "withdrawal"]
LIMITED: dict[LimitedKind, str] = {"refund": "refunds.write", "payout": "payouts.write", "withdrawal": "payouts.write"}
# What somebody has to be allowed to do themselves before they can approve it.
APPROVED_WITH: dict[str, str] = {
    "refund": LIMITED["refund"],
    "payout": LIMITED["payout"],
    "withdrawal": LIMITED["withdrawal"],
    "transfer": "wallets.write",
    "top_up": "wallets.write",
    "points": "wallets.write",
    "membership": "orders.write",
    "limits": "settings.write",
    "channel": "channels.write",
    "transition": "orders.write",
    "erasure": "settings.write",
    "bank_transfer": "bank_transfers.write",
    "payment_order": "payouts.write",
    "settlement": "ledger.write",
    "adjustment": "ledger.write",
    "split_rule": "settlement.write",
    "partner_payee": "settlement.write",
    "settlement_batch": "settlement.write",
    "risk_rules": "risk.write",
    "closure": "settings.write",
    "business_erasure": "settings.write",
}
# Whoever may do the first needs to see the rest: the pages that it is done on, and lead to. Everybody begins at Home.
_NEEDS = {
    "audit.read": {"buyers.read"},
    "notes.write": {"orders.read"},
    "payouts.write": {"wallets.read", "approvals.read"},
    "refunds.write": {"orders.read", "approvals.read"},
    "risk.read": {"buyers.read"},
    "wallets.write": {"buyers.read"},
}
ApprovalLimits = Mapping[str, Mapping[str, int]]

# What nobody changes any more once the business is closed. Money, deliveries and cases come to their end: refunds,
# payouts and the channels they go through, orders, the ledger, approvals, and webhooks that tell of them.
ENDS_WITH_BUSINESS = frozenset(
    {"products.write", "promotions.write", "agreements.write", "checkout.write", "keys.write", "settings.write"}
    | {"team.write"}
)

# Erasing a business waits this long at least, so that somebody who is away can cancel it.
BUSINESS_ERASURE_WAITS = timedelta(days=7)
# Approvals that go on then, whatever they take: they end the business, or take data away.
ENDING = frozenset({"closure", "erasure", "business_erasure"})

# Where a business stands when something is taken from it (see standing.py).
NOT_ACTIVATED, NO_NEW_PAYMENTS, READ_ONLY, CLOSED = "not_activated", "no_new_payments", "read_only", "closed"
ORDERS_LATER = "orders_later"  # a switch of the operator's, for a while
# What an operator may take from a business, and what it is called.
SUSPENSIONS = {NO_NEW_PAYMENTS: "No new payments", READ_ONLY: "Read-only"}


@dataclass(frozen=True)
class Access:
    """What an actor may do for a business, and up to how much money without an approval: kind → currency → minor units.
    A kind that is absent from `limits` has no limit; in a kind that is present, a currency that is not named needs an
    approval from the first minor unit."""

    permissions: frozenset[str]
    limits: ApprovalLimits = field(default_factory=dict)

    def most(self, kind: str, currency: str) -> int | None:
        """The most in minor units that may be moved without an approval; None when there is no limit."""
        of_kind = self.limits.get(kind)
        return None if not of_kind else int(of_kind.get(currency, 0))

    def cover(self, other: Access) -> bool:
        """Whether `other` is within this access: those who give access give at most their own."""
        return other.permissions <= self.permissions and all(
            self._limit_covers(kind, other) for kind, needed in LIMITED.items() if needed in other.permissions
        )

    def _limit_covers(self, kind: str, other: Access) -> bool:
        if not self.limits.get(kind):
            return True
        their_limits = other.limits.get(kind) or {}
        return bool(their_limits) and all(
            minor <= (self.most(kind, currency) or 0) for currency, minor in their_limits.items()
        )


def complete(permissions: Iterable[str]) -> frozenset[str]:
    """The permissions, with those that they need to be of use."""
    chosen = frozenset(permissions)
    visible = {f"{each.partition('.')[0]}.read" for each in chosen} & KNOWN
    return chosen.union({"home.read"}, visible, *(_NEEDS.get(each, set()) for each in chosen))


def access_of_role(role: str, permissions: list[str] | None = None, limits: ApprovalLimits | None = None) -> Access:
    """The access of a role. Of one of the business's own (`custom`) its permissions and limits have to be given."""
    if role == CUSTOM:
        chosen = frozenset(permissions or ()) & KNOWN
        # One that was put together before settings had pages changes nothing that it does not see.
        return Access(chosen | ({"settings.read"} if "settings.write" in chosen else set()), limits or {})
    return Access(PERMISSIONS.get(role, frozenset()))
