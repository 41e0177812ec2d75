"""A rule in plain words, for the people who made it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from app.core.money import format_money
from app.domain.marketing.kinds import (
    ALL_BPS,
    Bundle,
    BuyGet,
    FirstPurchase,
    FullReduction,
    Ladder,
    MemberPrice,
    NthItem,
    Percentage,
    Scope,
)
from app.domain.marketing.promotions import rate
from app.domain.marketing.types import Rule


def describe(rule: Rule, *, others: str = "promotions", titles: Mapping[str, str] = MappingProxyType({})) -> str:
    """What the rule gives, on what, to whom, in sentences; `titles` are of channels."""
    sentences = [gives(rule)]
    if rule.buyer_groups:
        sentences.append(f"For {', '.join(sorted(rule.buyer_groups))} only.")
    if rule.channels:
        sentences.append(f"When paid with {' or '.join(sorted(titles.get(name, name) for name in rule.channels))}.")
    if rule.exclusive:
        sentences.append(f"Not together with other {others}.")
    sentences += _limits(rule, _money(rule))
    return " ".join(sentences)


def gives(rule: Rule) -> str:
    """What the rule gives and on what, for buyers too."""
    money = _money(rule)
    words: str = _WORDS[type(rule.benefit)](rule.benefit, money)
    sentence = f"{words}{_on(rule.scope) if not isinstance(rule.benefit, Bundle) else ''}."
    return f"{sentence} From {money(rule.minimum_minor)} on." if rule.minimum_minor else sentence


def _money(rule: Rule) -> Callable[[int], str]:
    return lambda minor: format_money(minor, rule.currency or "USD")


def _limits(rule: Rule, money: Callable[[int], str]) -> list[str]:
    limits, found = rule.limits, []
    if limits.max_discount_minor is not None:
        found.append(f"At most {money(limits.max_discount_minor)} an order.")
    if limits.max_uses_per_buyer is not None:
        found.append(f"{_times(limits.max_uses_per_buyer)} for each buyer.".capitalize())
    if limits.max_uses is not None:
        found.append(f"{limits.max_uses:,} orders altogether.")
    if limits.budget_minor is not None:
        found.append(f"{money(limits.budget_minor)} altogether.")
    return found


def _on(scope: Scope) -> str:
    named = (
        (len(scope.sku_ids), "SKU", "SKUs"),
        (len(scope.product_ids), "product", "products"),
        (len(scope.categories), "category", "categories"),
    )
    parts = [f"{count} {one if count == 1 else more}" for count, one, more in named if count]
    return f", on {' and '.join(parts)}" if parts else ", on everything"


def _full_reduction(benefit: FullReduction, money: Callable[[int], str]) -> str:
    steps = "; ".join(f"over {money(step.threshold_minor)}, {money(step.off_minor)} off" for step in benefit.steps)
    again = ", for each full amount" if benefit.repeated else ""
    most = f", {_times(benefit.max_times)} at most" if benefit.max_times else ""
    return f"{steps[:1].upper()}{steps[1:]}{again}{most}"


def _percentage(benefit: Percentage, money: Callable[[int], str]) -> str:
    return f"{rate(benefit.off_bps)} off" + (f", {money(benefit.cap_minor)} at most" if benefit.cap_minor else "")


def _ladder(benefit: Ladder, money: Callable[[int], str]) -> str:
    return "; ".join(
        f"from {step.from_quantity} pieces on "
        + (f"{rate(step.off_bps)} off" if step.off_bps else f"{money(step.unit_minor or 0)} each")
        for step in benefit.steps
    ).capitalize()


def _nth_item(benefit: NthItem, _money: Callable[[int], str]) -> str:
    return f"{rate(benefit.off_bps)} off the cheapest of each {benefit.n} pieces"


def _buy_get(benefit: BuyGet, _money: Callable[[int], str]) -> str:
    what = "free" if benefit.off_bps == ALL_BPS else f"for {rate(benefit.off_bps)} less"
    return f"Buy {benefit.buy_quantity}, get {benefit.get_quantity} {what}"


def _bundle(benefit: Bundle, money: Callable[[int], str]) -> str:
    count = sum(part.quantity for part in benefit.parts)
    return f"A bundle of {count} {'piece' if count == 1 else 'pieces'} for {money(benefit.price_minor)}"


def _member_price(benefit: MemberPrice, _money: Callable[[int], str]) -> str:
    return f"{rate(benefit.off_bps)} off each piece" if benefit.off_bps else "Prices of their own"


def _first_purchase(benefit: FirstPurchase, money: Callable[[int], str]) -> str:
    what = rate(benefit.off_bps) if benefit.off_bps else money(benefit.off_minor or 0)
    return f"{what} off a first purchase"


def _times(count: int | None) -> str:
    return {1: "once", 2: "twice"}.get(count or 0, f"{count} times")


_WORDS: dict[type, Callable[[Any, Callable[[int], str]], str]] = {
    FullReduction: _full_reduction,
    Percentage: _percentage,
    Ladder: _ladder,
    NthItem: _nth_item,
    BuyGet: _buy_get,
    Bundle: _bundle,
    MemberPrice: _member_price,
    FirstPurchase: _first_purchase,
}
