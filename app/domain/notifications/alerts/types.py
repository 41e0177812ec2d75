"""The kinds of alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict


@dataclass(frozen=True)
class AlertKind:
    """One kind: who may see it, and who has it mailed before choosing (those with `cares`; empty: nobody)."""

    key: str
    title: str
    says: str
    sees: str
    cares: str


class AlertFacts(TypedDict, total=False):
    """What the words of an alert are made of; which members there are depends on its kind. `minor` is an amount in
    minor units of `currency`; ids are in their prefixed form, but for `order`, a bare UUID; `to` are roles."""

    title: str
    says: str
    minor: int | None
    currency: str | None
    since: str
    to: Sequence[str]
    assignee: str | None
    by: str
    reason: str
    what: str
    order: str | None
    count: int
    urgent: int
    days: int
    name: str
    why: str
    failures: int
    error: str | None
    event: str | None
    operation: str
    code: str
    left: int


_LIST = (
    AlertKind(
        "case_urgent",
        "An urgent case is open",
        "Money or an order cannot continue without a person.",
        "cases.read",
        "cases.write",
    ),
    AlertKind(
        "case_warning",
        "A case is open",
        "Something to look at that is not urgent.",
        "cases.read",
        "",
    ),
    AlertKind(
        "case_raised",
        "A case stays open",
        "Nobody resolved it for four hours, or for a day, as its kind says.",
        "cases.read",
        "cases.write",
    ),
    AlertKind(
        "case_overdue",
        "A case stays open for too long",
        "Nobody resolved it for a day, or for three days, as its kind says.",
        "cases.read",
        "settings.write",
    ),
    AlertKind(
        "case_summary",
        "Every morning: open cases",
        "From 8:00 in the business’s time zone, if there are any.",
        "cases.read",
        "cases.write",
    ),
    AlertKind(
        "approval_waiting",
        "An approval is waiting",
        "A team member requested something that needs a second person.",
        "approvals.read",
        "payouts.write",
    ),
    AlertKind(
        "webhook_failing",
        "A webhook endpoint is failing",
        "Three deliveries in a row failed.",
        "webhooks.read",
        "webhooks.write",
    ),
    AlertKind(
        "webhook_failing_long",
        "A webhook endpoint keeps failing",
        "Ten deliveries in a row failed.",
        "webhooks.read",
        "webhooks.write",
    ),
    AlertKind(
        "webhook_paused",
        "A webhook endpoint was paused",
        "It failed for three days or returned 410. Its events are queued.",
        "webhooks.read",
        "webhooks.write",
    ),
    AlertKind(
        "channel_down",
        "A channel is down",
        "It failed too often and is paused; payments use other channels where possible.",
        "channels.read",
        "channels.write",
    ),
    AlertKind(
        "dead_letters",
        "Events failed for good",
        "They failed all retries and need a decision.",
        "webhooks.read",
        "settings.write",
    ),
    AlertKind(
        "refund_large",
        "A large refund was made",
        "Above the amount you set.",
        "orders.read",
        "payouts.write",
    ),
    AlertKind(
        "stock_low",
        "Stock is low",
        "A SKU has reached its low-stock level.",
        "products.read",
        "products.write",
    ),
)
KINDS: dict[str, AlertKind] = {each.key: each for each in _LIST}
# How a chat wants its messages.
FORMATS = {
    "slack": "Slack",
    "discord": "Discord",
    "feishu": "Feishu / Lark",
    "dingtalk": "DingTalk",
    "teams": "Microsoft Teams",
    "plain": "Plain JSON",
}
# Those whose messages can be signed with a secret of the chat's.
SIGNED = ("feishu", "dingtalk")


def visible(permissions: frozenset[str]) -> frozenset[str]:
    """The kinds of alerts that these permissions allow to see."""
    return frozenset(key for key, kind in KINDS.items() if kind.sees in permissions)


def kinds_to_mail(
    permissions: frozenset[str], mailed: Sequence[str] | None, defaults: Sequence[str] = ()
) -> frozenset[str]:
    """The kinds that a person has mailed: those they chose or, without a choice (None), the business's `defaults` or,
    without any, the default ones of their permissions; never those that they may not see."""
    if mailed is None and defaults:
        return visible(permissions) & set(defaults)
    if mailed is None:
        return visible(permissions) & {key for key, kind in KINDS.items() if kind.cares in permissions}
    return visible(permissions) & set(mailed)
