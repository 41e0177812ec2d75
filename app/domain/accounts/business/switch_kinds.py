"""What an operator can switch off for a while, in a business or everywhere, and what each switch costs."""

from __future__ import annotations

from enum import StrEnum
from typing import TypedDict

MAX_MINUTES = 7 * 24 * 60
MAX_REASON = 500


class SwitchKind(StrEnum):
    """A part of the installation that can be done without for a while, what buyers notice first."""

    ORDERS_LATER = "orders_later"
    PORTAL_READ_ONLY = "portal_read_only"
    EXPORTS_OFF = "exports_off"
    WEBHOOKS_DEFERRED = "webhooks_deferred"


NAMES = {
    SwitchKind.ORDERS_LATER: "Orders later",
    SwitchKind.PORTAL_READ_ONLY: "Read-only portal",
    SwitchKind.EXPORTS_OFF: "Exports and reports off",
    SwitchKind.WEBHOOKS_DEFERRED: "Webhooks deferred",
}
COSTS = {
    SwitchKind.ORDERS_LATER: (
        "New checkouts and orders are refused, and buyers read that the shop takes orders again later. Payments of "
        "orders that are placed, renewals, refunds and notices go on."
    ),
    SwitchKind.PORTAL_READ_ONLY: (
        "Members see everything in the portal and change nothing. API keys, and operators on a visit, still can."
    ),
    SwitchKind.EXPORTS_OFF: (
        "New exports, archives and CSV files of lists are refused. Exports in progress, and reports by mail, wait "
        "until the switch is off."
    ),
    SwitchKind.WEBHOOKS_DEFERRED: (
        "Webhooks are kept and sent in their order when the switch is off. Shops learn of payments late; those that "
        "read the API see them at once."
    ),
}


class OwnSwitch(TypedDict):
    """A switch of one business, as its row keeps it; the times are ISO 8601."""

    reason: str
    set_by: str
    set_at: str
    until: str


OwnSwitches = dict[str, OwnSwitch]
