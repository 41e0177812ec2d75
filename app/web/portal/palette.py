"""What the command palette offers beside the pages of the navigation: things to begin, and sections of the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import url_for

from app.core.i18n.marks import N_
from app.domain.accounts.business.settings.declared import SECTIONS
from app.web.checkout.locale import translate

# (title, endpoint, permission)
_BEGINNINGS: tuple[tuple[str, str, str], ...] = (
    (N_("New product"), "portal.products.new", "products.write"),
    (N_("New plan"), "portal.plans.new", "products.write"),
    (N_("New promotion"), "portal.promotions.new", "promotions.write"),
    (N_("New coupon"), "portal.coupons.new", "promotions.write"),
    (N_("New campaign"), "portal.campaigns.new", "promotions.write"),
    (N_("New link or button"), "portal.configurations.new", "checkout.write"),
    (N_("New buyer"), "portal.buyers.new", "buyers.write"),
    (N_("Grant a membership"), "portal.memberships.new", "orders.write"),
    (N_("Change points"), "portal.points.new", "wallets.write"),
    (N_("New payment order"), "portal.payment_orders.new", "payouts.write"),
    (N_("Book a settlement"), "portal.settlements.new", "ledger.write"),
    (N_("Adjust the ledger"), "portal.adjustments.new", "ledger.write"),
    (N_("New partner"), "portal.partners.new", "settlement.write"),
    (N_("New split rule"), "portal.split_rules.new", "settlement.write"),
    (N_("Hold a settlement"), "portal.settlement_holds.new", "settlement.write"),
    (N_("New routing rule"), "portal.routing.new", "channels.write"),
    (N_("Invite a member"), "portal.team.invite", "team.write"),
    (N_("New API key"), "portal.keys.new", "keys.write"),
    (N_("New webhook endpoint"), "portal.webhooks.new", "webhooks.write"),
)


@dataclass(frozen=True)
class Action:
    """One entry of the palette, and what kind of entry it is."""

    title: str
    group: str
    url: str


def actions(may: Callable[[str], bool]) -> tuple[Action, ...]:
    """What somebody with these permissions may begin, and the sections of the settings they may read."""
    begin, settings = translate(N_("Action")), translate(N_("Settings"))
    found = [
        Action(translate(title), begin, url_for(endpoint))
        for title, endpoint, permission in _BEGINNINGS
        if may(permission)
    ]
    if may("settings.read"):
        found += [
            Action(translate(each.title), settings, url_for("portal.settings.edit", section=each.key))
            for each in SECTIONS
        ]
    return tuple(found)
