"""A rule in plain words, for the people who made it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from app.core.i18n.language import Amount, Rate, Series, Translatable
from app.core.money import format_money
from app.domain.marketing.kinds import (
    ALL_BPS,
    Bundle,
    BuyGet,
    FirstPurchase,
    FullReduction,
    Ladder,
    LadderStep,
    MemberPrice,
    NthItem,
    Percentage,
    Scope,
)
from app.domain.marketing.promotions import at_most
from app.domain.marketing.types import DiscountRule


def describe(
    rule: DiscountRule, *, others: str = "promotions", titles: Mapping[str, str] = MappingProxyType({})
) -> str:
    """What the rule gives, on what, to whom, in sentences; `titles` are of channels."""
    sentences: list[str] = [gives(rule)]
    if rule.buyer_groups:
        sentences.append(f"For {', '.join(sorted(rule.buyer_groups))} only.")
    if rule.channels:
        sentences.append(f"When paid with {' or '.join(sorted(titles.get(name, name) for name in rule.channels))}.")
    if rule.exclusive:
        sentences.append(f"Cannot be combined with other {others}.")
    sentences += _limits(rule, _money(rule))
    return " ".join(sentences)


def gives(rule: DiscountRule) -> Translatable:
    """What the rule gives and on what, for buyers too."""
    currency = rule.currency or "USD"
    what: Translatable = _WORDS[type(rule.benefit)](rule.benefit, currency)
    sentence = Translatable("%(what)s.", what=what) if isinstance(rule.benefit, Bundle) else _on(what, rule.scope)
    if not rule.minimum_minor:
        return sentence
    return Translatable(
        "%(what)s Minimum order %(minimum)s.", what=sentence, minimum=Amount(rule.minimum_minor, currency)
    )


def _money(rule: DiscountRule) -> Callable[[int], str]:
    return lambda minor: format_money(minor, rule.currency or "USD")


def _limits(rule: DiscountRule, money: Callable[[int], str]) -> list[str]:
    limits, found = rule.limits, []
    if limits.max_discount_minor is not None:
        found.append(f"At most {money(limits.max_discount_minor)} per order.")
    if limits.max_uses_per_buyer is not None:
        found.append(f"{_times(limits.max_uses_per_buyer)} per buyer.".capitalize())
    if limits.max_uses is not None:
        found.append(f"{limits.max_uses:,} orders in total.")
    if limits.budget_minor is not None:
        found.append(f"{money(limits.budget_minor)} in total.")
    return found


def _on(what: Translatable, scope: Scope) -> Translatable:
    counted = (
        Translatable("%(count)s SKU", many="%(count)s SKUs", count=len(scope.sku_ids)),
        Translatable("%(count)s product", many="%(count)s products", count=len(scope.product_ids)),
        Translatable("%(count)s category", many="%(count)s categories", count=len(scope.categories)),
    )
    parts = [part for part in counted if part.number]
    if not parts:
        return Translatable("%(what)s, on everything.", what=what)
    on = parts[0]
    for other in parts[1:]:
        on = Translatable("%(one)s and %(other)s", one=on, other=other)
    return Translatable("%(what)s, on %(on)s.", what=what, on=on)


def _full_reduction(benefit: FullReduction, currency: str) -> Translatable:
    steps = Series(
        tuple(
            Translatable(
                "over %(threshold)s, %(off)s off",
                threshold=Amount(step.threshold_minor, currency),
                off=Amount(step.off_minor, currency),
            )
            for step in benefit.steps
        )
    )
    if not benefit.repeated:
        return Translatable("%(steps)s", steps=steps, capital=True)
    if benefit.max_times is None:
        return Translatable("%(steps)s, repeatedly", steps=steps, capital=True)
    most = _times(benefit.max_times)
    return Translatable("%(steps)s, repeatedly, up to %(most)s", steps=steps, most=most, capital=True)


def _percentage(benefit: Percentage, currency: str) -> Translatable:
    what = Translatable("%(rate)s off", rate=Rate(benefit.off_bps))
    return at_most(what, Amount(benefit.cap_minor, currency)) if benefit.cap_minor else what


def _ladder(benefit: Ladder, currency: str) -> Translatable:
    def one(step: LadderStep) -> Translatable:
        if step.off_bps:
            rate = Rate(step.off_bps)
            return Translatable("%(rate)s off from %(least)s items", least=step.from_quantity, rate=rate)
        price = Amount(step.unit_minor or 0, currency)
        return Translatable("%(price)s each from %(least)s items", least=step.from_quantity, price=price)

    return Translatable("%(steps)s", steps=Series(tuple(one(step) for step in benefit.steps)), capital=True)


def _nth_item(benefit: NthItem, _currency: str) -> Translatable:
    return Translatable(
        "%(rate)s off the cheapest of every %(quantity)s items", rate=Rate(benefit.off_bps), quantity=benefit.n
    )


def _buy_get(benefit: BuyGet, _currency: str) -> Translatable:
    deal: dict[str, Any] = {"buy": benefit.buy_quantity, "get": benefit.get_quantity}
    if benefit.off_bps == ALL_BPS:
        return Translatable("Buy %(buy)s, get %(get)s free", **deal)
    return Translatable("Buy %(buy)s, get %(get)s for %(rate)s less", rate=Rate(benefit.off_bps), **deal)


def _bundle(benefit: Bundle, currency: str) -> Translatable:
    return Translatable(
        "A bundle of %(count)s item for %(price)s",
        many="A bundle of %(count)s items for %(price)s",
        count=sum(part.quantity for part in benefit.parts),
        price=Amount(benefit.price_minor, currency),
    )


def _member_price(benefit: MemberPrice, _currency: str) -> Translatable:
    return (
        Translatable("%(rate)s off each item", rate=Rate(benefit.off_bps))
        if benefit.off_bps
        else Translatable("Special prices")
    )


def _first_purchase(benefit: FirstPurchase, currency: str) -> Translatable:
    what = Rate(benefit.off_bps) if benefit.off_bps else Amount(benefit.off_minor or 0, currency)
    return Translatable("%(what)s off the first purchase", what=what)


def _times(count: int) -> Translatable:
    """How often."""
    if count == 1:
        return Translatable("once")
    return Translatable("twice") if count == 2 else Translatable("%(count)s time", many="%(count)s times", count=count)


_WORDS: dict[type, Callable[[Any, str], Translatable]] = {
    FullReduction: _full_reduction,
    Percentage: _percentage,
    Ladder: _ladder,
    NthItem: _nth_item,
    BuyGet: _buy_get,
    Bundle: _bundle,
    MemberPrice: _member_price,
    FirstPurchase: _first_purchase,
}
