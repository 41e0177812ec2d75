"""Routing's reasons and rules in plain words."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.money import format_money
from app.domain.payments.models import RoutingRule
from app.lib.some import some

Reason = Mapping[str, Any]

# What is in braces is a fact of the reason; `{limit}` is its `limit_minor` as money.
_SENTENCES = {
    "switched_off": "The account is turned off.",
    "test_only": "The account works in test mode only.",
    "internal": "Its money is in our own ledger.",
    "by_choice_only": "Used only if the buyer chooses it.",
    "kind": "It does not support this kind of payment.",
    "payee": "It cannot pay to this account.",
    "tried": "It was tried for this payment and failed to start it.",
    "breaker_open": "It is paused after too many failures.",
    "being_probed": "It is paused after too many failures; another payment is testing it.",
    "on_trial": "It failed too often; this payment tests it again.",
    "rule": "The rule “{rule}” selects it{share}.",
    "rule_only": "The rule “{rule}” excludes this account.",
    "priority": "No rule selects it; its priority is {priority}.",
    "not_requested": "“{channel}” was requested.",
    "offer": "The order’s price applies to payments by {channels} only.",
    "currency": "It does not accept {currency}.",
    "scene": "It does not support this scene ({scene}).",
    "cost": "It costs {cost}.",
    "too_small": "Its minimum amount is {limit}.",
    "too_large": "Its maximum amount is {limit}.",
    "daily": "Its daily limit is {limit}, of which {used} is used.",
}


@dataclass(frozen=True)
class Candidate:
    """An account at its place in routing's list, with sentences for and against it."""

    account_id: uuid.UUID
    channel: str
    name: str
    is_usable: bool
    pros: tuple[str, ...]
    against: tuple[str, ...]


def candidates(rows: Sequence[Mapping[str, Any]] | None) -> tuple[Candidate, ...]:
    """A decision's list as it was kept, the first to be tried first; empty for an attempt from before routing."""
    return tuple(
        Candidate(
            account_id=uuid.UUID(row["account_id"]),
            channel=row["channel"],
            name=row["name"],
            is_usable=row["usable"],
            pros=tuple(describe(reason) for reason in row["for"]),
            against=tuple(describe(reason) for reason in row["against"]),
        )
        for row in rows or ()
    )


def describe(reason: Reason) -> str:
    """One reason as a sentence."""
    code = str(reason.get("code", ""))
    try:
        return _SENTENCES[code].format_map(_facts(reason))
    except KeyError:  # kept by another version, which knew other reasons or fewer facts
        return code.replace("_", " ").capitalize() + "."


def _facts(reason: Reason) -> dict[str, Any]:
    amounts = {name.removesuffix("_minor"): value for name, value in reason.items() if name.endswith("_minor")}
    money = {name: format_money(int(minor), str(reason["currency"])) for name, minor in amounts.items()}
    is_split = reason.get("weight") != reason.get("of")
    return {**reason, **money, "share": f", which gives it {reason['weight']} of {reason['of']}" if is_split else ""}


def conditions(rule: RoutingRule, names: Mapping[uuid.UUID, str]) -> str:
    """Which payments a row of `routing_rules` speaks of; `names` are those of products and SKUs."""
    parts = []
    if rule.currency:
        parts.append(_amounts(rule))
    if rule.scene:
        parts.append(f"in the scene “{rule.scene}”")
    if rule.from_minute is not None:
        parts.append(f"from {clock_time(rule.from_minute)} to {clock_time(some(rule.until_minute))}")
    for subject in (rule.product_id, rule.sku_id):
        if subject is not None:
            parts.append(f"for {names.get(subject, 'a product')}")
    if rule.direction == "outgoing":
        return "Withdrawals and payouts " + ", ".join(parts) if parts else "All withdrawals and payouts"
    return "Payments " + ", ".join(parts) if parts else "All payments"


def actions(rule: RoutingRule, names: Mapping[uuid.UUID, str]) -> str:
    """Where they go; `names` are those of channel accounts."""
    shares = [(names.get(uuid.UUID(each["account_id"]), "a removed account"), each["weight"])
              for each in rule.targets if each["weight"] > 0]  # fmt: skip
    total = sum(weight for _, weight in shares)
    if not shares:
        where = "go nowhere"
    elif len(shares) == 1:
        where = f"go to {shares[0][0]}"
    else:
        where = "are split: " + ", ".join(f"{weight * 100 // total}% to {name}" for name, weight in shares)
    return where + (", and to no other account." if rule.exclusive else "; otherwise to the next account.")


def clock_time(minute: int) -> str:
    """540 → 09:00"""
    return f"{minute // 60:02}:{minute % 60:02}"


def _amounts(rule: RoutingRule) -> str:
    low, high = rule.min_minor, rule.max_minor
    if low is not None and high is not None:
        return f"from {format_money(low, rule.currency)} to {format_money(high, rule.currency)}"
    if low is not None:
        return f"of at least {format_money(low, rule.currency)}"
    if high is not None:
        return f"up to {format_money(high, rule.currency)}"
    return f"in {rule.currency}"
