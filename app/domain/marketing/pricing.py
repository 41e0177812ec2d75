"""The one price function. It reads no clock and no database, so the same input gives the same price everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.i18n.language import Amount, Either, Translatable
from app.core.money import Money
from app.domain.marketing.errors import BadCart, NoPrice
from app.domain.marketing.kinds import LAYERS, FirstPurchase
from app.domain.marketing.promotions import (
    CartState,
    Discount,
    Line,
    NoDiscount,
    at_most,
    below_minimum,
    give,
    lines_in,
)
from app.domain.marketing.types import (
    Cart,
    CartItem,
    Consumed,
    Context,
    Coupon,
    DiscountRule,
    Explained,
    Offer,
    Priced,
    QuotedLine,
    Share,
    Source,
    Tier,
    Usage,
    Verdict,
)


@dataclass(frozen=True, eq=False)
class _Candidate:
    """A rule that may take part, with the coupon it comes from."""

    rule: DiscountRule
    coupon: Coupon | None = None

    @property
    def source(self) -> Source:
        return "promotion" if self.coupon is None else "coupon"

    @property
    def choice_order(self) -> tuple[int, int, int]:
        """Who is chosen first: higher priority, then promotions before coupons, then the older one (by id)."""
        return (-self.rule.priority, self.coupon is not None, (self.coupon or self.rule).id.int)

    @property
    def turn(self) -> tuple[int, int, int, int]:
        """Who takes off first: promotions before coupons, then by kind, then as they were chosen."""
        return (self.coupon is not None, LAYERS[type(self.rule.benefit)], -self.rule.priority, self.choice_order[2])

    def verdict(self, why: NoDiscount) -> Verdict:
        return Verdict(
            rule_id=self.rule.id,
            name=self.rule.name,
            reason=why.reason,
            text=why.text,
            coupon_id=self.coupon.id if self.coupon else None,
            values=why.values,
        )


def price(
    cart: Cart, prices: Iterable[Offer], promotions: Iterable[DiscountRule], coupons: Iterable[Coupon], context: Context
) -> Priced:
    """The cart's price. The order in which prices, promotions and coupons are given does not matter.

    First the list price of each line. Then of all rules that may apply those are chosen that agree with one another,
    higher priority first; a rule that would take nothing off gives its place to the next. Then each takes off what is
    left, promotions before coupons, kind by kind (kinds.LAYERS).

    Raises:
        NoPrice: a SKU has no price in the cart's currency now. BadCart: a promotion or coupon is given twice.
    """
    lines = _list_prices(cart, prices, context)
    candidates = [_Candidate(rule) for rule in promotions]
    candidates += [_Candidate(coupon.rule, coupon) for coupon in coupons]
    candidates.sort(key=lambda each: each.choice_order)
    if len({(each.coupon or each.rule).id for each in candidates}) != len(candidates):
        raise BadCart("invalid_cart", "A promotion or coupon is listed twice.")
    refused: dict[_Candidate, NoDiscount] = {}
    for each in candidates:
        why = _barred(each.rule, lines, cart.currency, context)
        if why is not None:
            refused[each] = why
    while True:
        chosen, excluded = _choose([each for each in candidates if each not in refused])
        discounts, idle = _take_off(chosen, lines, cart.currency, context)
        if not idle:
            break
        refused |= idle
    verdicts = [each.verdict(why) for each in candidates for why in [(refused | excluded).get(each)] if why]
    return _answer(cart, lines, discounts, verdicts)


def _list_prices(cart: Cart, prices: Iterable[Offer], context: Context) -> tuple[Line, ...]:
    offers = {offer.sku_id: offer for offer in prices if offer.currency == cart.currency}
    return tuple(_line(item, offers.get(item.sku_id), context) for item in cart.items)


def list_price(tiers: Iterable[Tier], quantity: int, now: datetime) -> Tier | None:
    """The price of this quantity now: of those that hold the one of most units; of several the one that began last,
    as a special price does; then the lowest."""
    holding = (
        tier
        for tier in tiers
        if tier.from_quantity <= quantity
        and (tier.starts_at is None or tier.starts_at <= now)
        and (tier.ends_at is None or now < tier.ends_at)
    )
    return max(holding, key=lambda tier: (tier.from_quantity, _began(tier), -tier.unit_minor), default=None)


def _line(item: CartItem, offer: Offer | None, context: Context) -> Line:
    best = list_price(offer.tiers, item.quantity, context.now) if offer else None
    if offer is None or best is None:
        raise NoPrice("no_price", "This has no price in this currency.", details={"line": item.key})
    return Line(
        item.key,
        item.sku_id,
        offer.product_id,
        offer.categories,
        item.quantity,
        best.unit_minor,
        offer.name or item.key,
    )


def _began(tier: Tier) -> tuple[bool, datetime | None]:
    return tier.starts_at is not None, tier.starts_at


def _barred(rule: DiscountRule, lines: Sequence[Line], currency: str, context: Context) -> NoDiscount | None:
    """What keeps a rule out whatever the others do; None when it may take part."""
    usage, limits = context.usage.get(rule.id, Usage()), rule.limits
    barred: tuple[tuple[bool, str, Translatable], ...] = (
        (
            rule.currency not in (None, currency),
            "currency",
            Translatable("It applies to %(currency)s only.", currency=rule.currency or ""),
        ),
        (
            rule.starts_at is not None and context.now < rule.starts_at,
            "not_started",
            Translatable("It has not started yet."),
        ),
        (rule.ends_at is not None and rule.ends_at <= context.now, "ended", Translatable("It has ended.")),
        (
            bool(rule.buyer_groups) and rule.buyer_groups.isdisjoint(context.buyer_groups),
            "buyer_group",
            Translatable("It is limited to other buyers."),
        ),
        (
            bool(rule.channels) and context.channel not in rule.channels,
            "channel",
            Translatable("It applies to payments by %(channels)s only.", channels=Either(tuple(sorted(rule.channels)))),
        ),
        (
            isinstance(rule.benefit, FirstPurchase) and not context.is_first_purchase,
            "first_purchase_only",
            Translatable("It applies to first purchases only."),
        ),
        (
            limits.max_uses is not None and usage.uses >= limits.max_uses,
            "uses_spent",
            Translatable("It has been used up."),
        ),
        (
            limits.max_uses_per_buyer is not None and usage.uses_by_buyer >= limits.max_uses_per_buyer,
            "buyer_uses_spent",
            Translatable("You have reached its usage limit."),
        ),
        (
            limits.budget_minor is not None and usage.spent_minor >= limits.budget_minor,
            "budget_spent",
            Translatable("Its budget is used up."),
        ),
        (not lines_in(rule.scope, lines), "nothing_in_scope", Translatable("It applies to no item in the cart.")),
    )
    return next((NoDiscount(reason, text) for holds, reason, text in barred if holds), None)


def _choose(candidates: Sequence[_Candidate]) -> tuple[list[_Candidate], dict[_Candidate, NoDiscount]]:
    """Those that agree with one another, in the order of choice, and the others with whom they do not go together."""
    chosen: list[_Candidate] = []
    excluded: dict[_Candidate, NoDiscount] = {}
    for each in candidates:
        rival = next((other for other in chosen if _exclude(each, other)), None)
        if rival is None:
            chosen.append(each)
        else:
            text = Translatable("Cannot be combined with “%(name)s”.", name=rival.rule.name)
            excluded[each] = NoDiscount("excluded", text, {"by": str(rival.rule.id)})
    return chosen, excluded


def _exclude(one: _Candidate, other: _Candidate) -> bool:
    group = one.rule.exclusion_group
    if group is not None and group == other.rule.exclusion_group:
        return True
    if one.source == other.source:
        return one.rule.exclusive or other.rule.exclusive
    return not (one.rule.combinable and other.rule.combinable)


def _take_off(
    chosen: Sequence[_Candidate], lines: tuple[Line, ...], currency: str, context: Context
) -> tuple[list[tuple[_Candidate, Discount]], dict[_Candidate, NoDiscount]]:
    amounts = [line.unit_minor * line.quantity for line in lines]
    discounts: list[tuple[_Candidate, Discount]] = []
    idle: dict[_Candidate, NoDiscount] = {}
    for each in sorted(chosen, key=lambda one: one.turn):
        state = CartState(lines, tuple(amounts), currency, each.rule.scope)
        got = _turn(each.rule, state, context)
        if isinstance(got, NoDiscount):
            idle[each] = got
            continue
        assert all(0 <= share <= amount for share, amount in zip(got.shares, amounts, strict=True))
        amounts = [amount - share for amount, share in zip(amounts, got.shares, strict=True)]
        discounts.append((each, got))
    return discounts, idle


def _turn(rule: DiscountRule, state: CartState, context: Context) -> Discount | NoDiscount:
    """What the rule takes off now, within its limits."""
    missing = rule.minimum_minor - state.base
    if missing > 0:
        return below_minimum(missing, state)
    if state.base == 0:
        return NoDiscount("no_discount", Translatable("There is nothing left to discount."))
    got = give(rule, state)
    if isinstance(got, NoDiscount):
        return got
    limits, usage = rule.limits, context.usage.get(rule.id, Usage())
    caps = [limits.max_discount_minor] if limits.max_discount_minor is not None else []
    if limits.budget_minor is not None:
        caps.append(limits.budget_minor - usage.spent_minor)
    whole = sum(got.shares)
    most = min([whole, *caps])
    if most == whole:
        return got
    shares = tuple(part.minor for part in Money(most, state.currency).allocate(got.shares))
    return Discount(shares, at_most(got.text, state.money(most)), got.values)


def _answer(
    cart: Cart, lines: Sequence[Line], discounts: Sequence[tuple[_Candidate, Discount]], verdicts: Sequence[Verdict]
) -> Priced:
    off = [sum(got.shares[index] for _, got in discounts) for index in range(len(lines))]
    return Priced(
        currency=cart.currency,
        lines=tuple(
            QuotedLine(
                key=line.key,
                sku_id=line.sku_id,
                quantity=line.quantity,
                unit_minor=line.unit_minor,
                subtotal_minor=line.unit_minor * line.quantity,
                discount_minor=discount,
            )
            for line, discount in zip(lines, off, strict=True)
        ),
        steps=(
            *(listed(line.key, line.name, line.unit_minor, line.quantity, currency=cart.currency) for line in lines),
            *(_step(each, got, lines) for each, got in discounts),
        ),
        verdicts=tuple(verdicts),
        consumed=tuple(
            Consumed(
                rule_id=each.rule.id,
                coupon_id=each.coupon.id if each.coupon else None,
                spent_minor=sum(got.shares),
            )
            for each, got in discounts
        ),
    )


def listed(key: str, name: str, unit_minor: int, quantity: int, *, currency: str) -> Explained:
    """The step of a line's list price."""
    whole = unit_minor * quantity
    text = Translatable(
        "%(name)s: %(quantity)s × %(unit)s = %(whole)s",
        name=name,
        quantity=quantity,
        unit=Amount(unit_minor, currency),
        whole=Amount(whole, currency),
    )
    values = {"line": key, "unit_minor": unit_minor, "quantity": quantity, "subtotal_minor": whole}
    return Explained(code="list_price", text=text, values=values)


def explain(name: str, why: str) -> Translatable:
    """A rule's name, and how what it gives came about."""
    return Translatable("%(name)s: %(why)s", name=name, why=why)


def _step(each: _Candidate, got: Discount, lines: Sequence[Line]) -> Explained:
    shares = tuple(Share(line.key, minor) for line, minor in zip(lines, got.shares, strict=True) if minor)
    return Explained(
        code=each.source,
        text=explain(each.rule.name, got.text),
        name=each.rule.name,
        why=got.text,
        values=got.values,
        rule_id=each.rule.id,
        coupon_id=each.coupon.id if each.coupon else None,
        discount_minor=sum(got.shares),
        shares=shares,
    )
