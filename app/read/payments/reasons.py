"""Routing's reasons and rules in plain words."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.money import format_money

Reason = Mapping[str, Any]

# What is in braces is a fact of the reason; `{limit}` is its `limit_minor` as money.
_SENTENCES = {
    "switched_off": "It is switched off.",
    "test_only": "It is for test businesses only.",
    "internal": "Its money is in our own ledger.",
    "by_choice_only": "It is taken only when the buyer chooses it.",
    "kind": "It takes no payments of this kind.",
    "tried": "It was tried for this payment and could not begin it.",
    "breaker_open": "It failed too often and is left in peace for a while.",
    "being_probed": "It failed too often; one payment is trying it just now.",
    "on_trial": "It failed too often; this payment tries it again.",
    "rule": "The rule “{rule}” names it{share}.",
    "rule_only": "The rule “{rule}” lets no other account take this.",
    "priority": "No rule names it; its priority is {priority}.",
    "not_asked_for": "“{wanted}” was asked for.",
    "offer": "The order's price is for payments by {channels}.",
    "currency": "It does not take {currency}.",
    "scene": "It cannot be used in this scene ({scene}).",
    "cost": "It costs {cost}.",
    "too_small": "It takes nothing below {limit}.",
    "too_large": "It takes nothing above {limit}.",
    "daily": "It may take {limit} a day and has {used} already.",
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
            pros=tuple(say(reason) for reason in row["for"]),
            against=tuple(say(reason) for reason in row["against"]),
        )
        for row in rows or ()
    )


def say(reason: Reason) -> str:
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


def conditions(rule: Any, names: Mapping[uuid.UUID, str]) -> str:
    """Which payments a row of `routing_rules` speaks of; `names` are those of products and SKUs."""
    parts = []
    if rule.currency:
        parts.append(_amounts(rule))
    if rule.scene:
        parts.append(f"in the scene “{rule.scene}”")
    if rule.from_minute is not None:
        parts.append(f"from {clock_time(rule.from_minute)} to {clock_time(rule.until_minute)}")
    for subject in (rule.product_id, rule.sku_id):
        if subject is not None:
            parts.append(f"for {names.get(subject, 'a product')}")
    return "Payments " + ", ".join(parts) if parts else "All payments"


def actions(rule: Any, names: Mapping[uuid.UUID, str]) -> str:
    """Where they go; `names` are those of channel accounts."""
    shares = [(names.get(uuid.UUID(each["account_id"]), "an account that is gone"), each["weight"])
              for each in rule.targets if each["weight"] > 0]  # fmt: skip
    total = sum(weight for _, weight in shares)
    if not shares:
        where = "go nowhere"
    elif len(shares) == 1:
        where = f"go to {shares[0][0]}"
    else:
        where = "are split: " + ", ".join(f"{weight * 100 // total} % to {name}" for name, weight in shares)
    return where + (", and to no other account." if rule.exclusive else "; when that cannot be, to the next account.")


def clock_time(minute: int) -> str:
    """540 → 09:00"""
    return f"{minute // 60:02}:{minute % 60:02}"


def _amounts(rule: Any) -> str:
    low, high = rule.min_minor, rule.max_minor
    if low is not None and high is not None:
        return f"from {format_money(low, rule.currency)} to {format_money(high, rule.currency)}"
    if low is not None:
        return f"of {format_money(low, rule.currency)} and more"
    if high is not None:
        return f"of up to {format_money(high, rule.currency)}"
    return f"in {rule.currency}"
