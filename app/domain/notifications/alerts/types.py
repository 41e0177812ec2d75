"""The kinds of alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class AlertKind:
    """One kind: who may see it, and who has it mailed before choosing (those with `cares`)."""

    key: str
    title: str
    says: str
    sees: str
    cares: str


_LIST = (
    AlertKind(
        "approval_waiting",
        "Something waits for approval",
        "A colleague asked for something that takes a second person.",
        "approvals.read",
        "payouts.write",
    ),
    AlertKind(
        "webhook_failing",
        "A webhook endpoint fails",
        "It did not take three events one after another.",
        "webhooks.read",
        "webhooks.write",
    ),
    AlertKind(
        "webhook_failing_long",
        "A webhook endpoint keeps failing",
        "It did not take ten events one after another.",
        "webhooks.read",
        "webhooks.write",
    ),
    AlertKind(
        "webhook_paused",
        "A webhook endpoint was paused",
        "It failed for days, or said that it is gone. Its events wait.",
        "webhooks.read",
        "webhooks.write",
    ),
    AlertKind(
        "channel_down",
        "A channel is down",
        "It failed too often and is left in peace for a while; payments go elsewhere where they can.",
        "channels.read",
        "channels.write",
    ),
    AlertKind(
        "dead_letters",
        "Events were set aside",
        "They failed every time they were handled. Nothing follows from them until somebody looks.",
        "webhooks.read",
        "settings.write",
    ),
    AlertKind(
        "refund_large",
        "A large refund was made",
        "Over the amount that you set.",
        "orders.read",
        "payouts.write",
    ),
    AlertKind(
        "stock_low",
        "Stock is low",
        "A SKU has as few pieces left as you want to be told of.",
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
    """The kinds that somebody with these permissions may see."""
    return frozenset(key for key, kind in KINDS.items() if kind.sees in permissions)


def wanted(permissions: frozenset[str], mailed: Sequence[str] | None) -> frozenset[str]:
    """The kinds that somebody has mailed: those they chose, or (None) those that their permissions say they care for;
    never those that they may not see."""
    if mailed is None:
        return visible(permissions) & {key for key, kind in KINDS.items() if kind.cares in permissions}
    return visible(permissions) & set(mailed)
