"""What the portal's layout shows around every page: business, person, navigation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import g, request, url_for

from app.core import clock
from app.core.i18n.marks import N_
from app.domain.accounts.business.switch_kinds import NAMES, SwitchKind
from app.domain.notifications.alerts.types import visible
from app.read.accounts.people import MembershipAccess
from app.read.notifications.alerts import unread
from app.read.reconciliation.cases import count_inbox
from app.web.checkout.locale import translate
from app.web.portal.access import Actor
from app.web.portal.help import guide_of
from app.web.portal.impersonation import Impersonation
from app.web.portal.palette import Action, actions

# The key and the title of a group, then (title, icon, section, permission). The first group has no title and never
# folds; what a shop owner seldom needs is behind the last ones.
_GROUPS: tuple[tuple[str, str, tuple[tuple[str, str, str, str], ...]], ...] = (
    (
        "daily",
        "",
        (
            (N_("Home"), "home", "home", "home.read"),
            (N_("Reports"), "pulse", "reports", "home.read"),
            (N_("Orders"), "orders", "orders", "orders.read"),
            (N_("Buyers"), "people", "buyers", "buyers.read"),
            (N_("Payments"), "card", "payments", "orders.read"),
            (N_("Refunds"), "refund", "refunds", "orders.read"),
            (N_("Contracts"), "clock", "contracts", "orders.read"),
            (N_("Subscription metrics"), "pulse", "contract_metrics", "home.read"),
            (N_("Members"), "people", "memberships", "orders.read"),
            (N_("Parcels"), "products", "parcels", "orders.read"),
            (N_("Cases"), "alert", "cases", "cases.read"),
            (N_("Approvals"), "check", "approvals", "approvals.read"),
        ),
    ),
    (
        "catalogue",
        N_("Catalogue"),
        (
            (N_("Products"), "products", "products", "products.read"),
            (N_("Plans"), "clock", "plans", "products.read"),
            (N_("Stock"), "stock", "stock", "products.read"),
            (N_("Warehouses"), "stock", "warehouses", "products.read"),
            (N_("Promotions"), "gift", "promotions", "promotions.read"),
            (N_("Coupons"), "ticket", "coupons", "promotions.read"),
            (N_("Campaigns"), "send", "campaigns", "promotions.read"),
        ),
    ),
    (
        "checkout",
        N_("Checkout"),
        (
            (N_("Buttons and links"), "link", "configurations", "checkout.read"),
            (N_("Playground"), "flask", "playground", "checkout.read"),
            (N_("Appearance"), "palette", "appearance", "checkout.read"),
            (N_("Brand"), "tag", "brand", "checkout.read"),
            (N_("Agreements"), "book", "agreements", "agreements.read"),
            (N_("Allowed origins"), "lock", "origins", "checkout.read"),
        ),
    ),
    (
        "money",
        N_("Money"),
        (
            (N_("Wallets"), "wallets", "wallets", "wallets.read"),
            (N_("Points"), "star", "points", "wallets.read"),
            (N_("Movements"), "movements", "movements", "wallets.read"),
            (N_("Bank transfers"), "bank", "bank_transfers", "bank_transfers.read"),
            (N_("Payment orders"), "out", "payment_orders", "wallets.read"),
            (N_("Settlements"), "bank", "settlements", "ledger.read"),
            (N_("Channel bills"), "note", "channel_bills", "ledger.read"),
            (N_("Adjustments"), "edit", "adjustments", "ledger.read"),
            (N_("Bank accounts"), "bank", "bank_accounts", "ledger.read"),
        ),
    ),
    (
        "sharing",
        N_("Revenue sharing"),
        (
            (N_("Sellers"), "people", "sellers", "products.read"),
            (N_("Partners"), "people", "partners", "settlement.read"),
            (N_("Split rules"), "split", "split_rules", "settlement.read"),
            (N_("Clearing"), "split", "clearing", "settlement.read"),
            (N_("Settlement batches"), "out", "settlement_batches", "settlement.read"),
            (N_("Settlement holds"), "lock", "settlement_holds", "settlement.read"),
            (N_("Holidays"), "clock", "holidays", "settlement.read"),
        ),
    ),
    (
        "business",
        N_("Business"),
        (
            (N_("Settings"), "settings", "settings", "settings.read"),
            (N_("Go live"), "check", "going_live", "settings.write"),
            (N_("Channels"), "channels", "channels", "channels.read"),
            (N_("Team"), "people", "team", "team.read"),
            (N_("Audit log"), "note", "audit_log", "audit.read"),
            (N_("Personal data"), "lock", "privacy", "settings.write"),
        ),
    ),
    (
        "risk",
        N_("Risk"),
        (
            (N_("Rules"), "flask", "risk_rules", "risk.read"),
            (N_("Reviews"), "clock", "risk_reviews", "risk.read"),
            (N_("Disputes"), "alert", "disputes", "orders.read"),
            (N_("Decisions"), "check", "risk_decisions", "risk.read"),
            (N_("Lists"), "lock", "risk_entries", "risk.read"),
        ),
    ),
    (
        "developers",
        N_("Developers"),
        (
            (N_("API keys"), "keys", "keys", "keys.read"),
            (N_("Webhooks"), "send", "webhooks", "webhooks.read"),
            (N_("Request log"), "pulse", "requests", "keys.read"),
        ),
    ),
    (
        "operations",
        N_("Operations"),
        (
            (N_("Routing"), "route", "routing", "channels.read"),
            (N_("Flows"), "route", "flows", "orders.read"),
            (N_("Reservations"), "clock", "reservations", "orders.read"),
            (N_("Trace"), "trace", "trace", "orders.read"),
            (N_("Jobs and events"), "pulse", "jobs", "jobs.read"),
        ),
    ),
)
# Which groups this browser has unfolded, by key; written by portal.js.
UNFOLDED_COOKIE = "nav"
# Which sections this browser has starred, in their order; written by palette.js.
FAVOURITES_COOKIE = "favourites"
MAX_FAVOURITES = 10

# Sections that are reached from another one.
_UNDER = {
    **dict.fromkeys(("categories", "downloads", "deliverables", "imports", "matrix", "images", "prices"), "products"),
    "splitting": "orders",
    "exports": "orders",
    "bulk": "orders",
    "metrics": "home",
    "inbound": "webhooks",
    "alerts": "home",
    "tax_rates": "settings",
    "closing": "settings",
    "test_clock": "settings",
}


@dataclass(frozen=True)
class Link:
    """One entry of the side navigation; `section` is what it is starred by."""

    section: str
    title: str
    icon: str
    url: str
    current: bool
    count: int = 0


@dataclass(frozen=True)
class Group:
    """Entries under one heading; those of one without a title are always there."""

    key: str
    title: str
    links: tuple[Link, ...]
    is_open: bool


@dataclass(frozen=True)
class BusinessCard:
    """The business as the frame shows it."""

    name: str
    mode: str
    time_zone: str
    standing: str | None
    suspended_reason: str | None
    switches: tuple[str, ...]  # what is switched off for a while, by name


@dataclass(frozen=True)
class Frame:
    """Everything the layout needs."""

    business: BusinessCard
    user: Any
    role: str
    impersonation: Impersonation | None
    nav: tuple[Group, ...]
    here: str
    actor: Actor
    memberships: tuple[MembershipAccess, ...]

    @property
    def unread(self) -> int:
        """How many alerts this person has not seen."""
        membership = self.actor.membership
        return unread(membership.business_id, self.user.id, visible(membership.access.permissions))

    @property
    def section(self) -> str:
        """Where the section of this page begins."""
        current = (link.url for group in self.nav for link in group.links if link.current)
        return next(current, url_for("portal.home.index"))

    @property
    def help_url(self) -> str:
        """The page of the documentation that helps here."""
        section = _section()
        return guide_of(section, _UNDER.get(section, section))

    @property
    def time(self) -> datetime | None:
        """The business's time where a test clock has moved it."""
        return clock.now() if clock.ahead_of(self.actor.business_id) else None

    @property
    def actions(self) -> tuple[Action, ...]:
        """What the command palette offers beside the navigation."""
        return actions(self.actor.may)

    def may(self, permission: str) -> bool:
        """Whether to draw what needs this permission; the server checks again when it is used."""
        return self.actor.may(permission)


def frame() -> dict[str, Any]:
    """The frame of this request, when somebody is signed in to the portal."""
    actor: Actor | None = g.get("actor")
    if actor is None:
        return {}
    own = actor.membership
    off = tuple(NAMES[SwitchKind(kind)] for kind in own.switches)
    card = BusinessCard(own.business_name, own.mode, own.time_zone, own.standing, own.suspended_reason, off)
    here = request.full_path.rstrip("?") if request.method == "GET" else "/portal"
    return {
        "portal": Frame(
            card,
            actor.user,
            actor.membership.role_name,
            actor.impersonation,
            _nav(actor),
            here,
            actor,
            actor.user.memberships,
        )
    }


def _nav(actor: Actor) -> tuple[Group, ...]:
    """The groups of what this person may see, favourites first; the one that leads to this page is unfolded."""
    section = _section()
    unfolded = request.cookies.get(UNFOLDED_COOKIE, "").split(".")
    starred = request.cookies.get(FAVOURITES_COOKIE, "").split(".")[:MAX_FAVOURITES]
    groups = []
    for key, title, entries in _GROUPS:
        links = tuple(_link(actor, entry, _UNDER.get(section, section)) for entry in entries if actor.may(entry[3]))
        if links:
            is_open = key in unfolded or any(link.current for link in links)
            groups.append(Group(key, translate(title) if title else "", links, is_open))
    return _with_favourites(groups, starred)


def _section() -> str:
    return (request.endpoint or "").partition(".")[2].partition(".")[0]


def _with_favourites(groups: Sequence[Group], starred: Sequence[str]) -> tuple[Group, ...]:
    """The same with what is starred at the very top, and no longer where it was."""
    known = {link.section: link for group in groups for link in group.links}
    chosen = [known[section] for section in dict.fromkeys(starred) if section in known]
    rest = [replace(group, links=tuple(link for link in group.links if link not in chosen)) for group in groups]
    first, *others = rest
    return replace(first, links=(*chosen, *first.links)), *(group for group in others if group.links)


def _link(actor: Actor, entry: tuple[str, str, str, str], section: str) -> Link:
    name, icon, key, _ = entry
    count = count_inbox(actor.business_id) if key == "cases" else 0
    return Link(key, translate(name), icon, url_for(f"portal.{key}.index"), section == key, count)
