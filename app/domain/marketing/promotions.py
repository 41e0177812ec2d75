"""What each kind of rule takes off the lines as they stand. Divisions of a part off round down, to the buyer's cost by
less than one minor unit; what is taken off a sum falls onto its lines by largest remainder."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.core.i18n.language import Amount, Nth, Rate, Several, Translatable
from app.core.money import Money
from app.domain.marketing.kinds import (
    ALL_BPS,
    Bundle,
    BuyGet,
    FirstPurchase,
    FullReduction,
    Ladder,
    MemberPrice,
    NthItem,
    Part,
    Percentage,
    Scope,
)
from app.domain.marketing.types import REASONS, DiscountRule


@dataclass(frozen=True)
class Line:
    """A line of the cart at its list price."""

    key: str
    sku_id: uuid.UUID
    product_id: uuid.UUID
    categories: frozenset[str]
    quantity: int
    unit_minor: int
    name: str


@dataclass(frozen=True)
class Discount:
    """Minor units off each line, in the cart's order, and how they came about."""

    shares: tuple[int, ...]
    text: Translatable
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NoDiscount:
    """Why a rule takes nothing off: one of types.REASONS."""

    reason: str
    text: Translatable
    values: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.reason in REASONS, f"the documentation does not know {self.reason}"


@dataclass(frozen=True)
class CartState:
    """The cart as it stands when a rule has its turn: `amounts` are what is left of each line."""

    lines: tuple[Line, ...]
    amounts: tuple[int, ...]
    currency: str
    scope: Scope

    @property
    def inside(self) -> tuple[int, ...]:
        """The lines in the rule's scope, by position."""
        return lines_in(self.scope, self.lines)

    @property
    def base(self) -> int:
        """What is left of the lines in scope."""
        return sum(self.amounts[index] for index in self.inside)

    @property
    def quantity(self) -> int:
        """Units in scope."""
        return sum(self.lines[index].quantity for index in self.inside)

    def money(self, minor: int) -> Amount:
        """The amount in the cart's currency, for people."""
        return Amount(minor, self.currency)

    def spread(self, minor: int) -> tuple[int, ...]:
        """An amount of at most `base` off the lines in scope, by what is left of each."""
        shares = [0] * len(self.lines)
        parts = Money(minor, self.currency).allocate([self.amounts[index] for index in self.inside])
        for index, part in zip(self.inside, parts, strict=True):
            shares[index] = part.minor
        return tuple(shares)


@dataclass
class _Run:
    """Units of one line that cost the same."""

    line: int
    minor: int
    count: int


class Scoped(Protocol):
    """What a scope can tell apart."""

    @property
    def sku_id(self) -> uuid.UUID: ...
    @property
    def product_id(self) -> uuid.UUID: ...
    @property
    def categories(self) -> frozenset[str]: ...


def lines_in(scope: Scope, lines: Sequence[Scoped]) -> tuple[int, ...]:
    """Positions of the lines that are in the scope."""
    return tuple(index for index, line in enumerate(lines) if _is_in(scope, line))


def give(rule: DiscountRule, state: CartState) -> Discount | NoDiscount:
    """What the rule takes off the cart as it stands, before its limits."""
    return _WORK[type(rule.benefit)](rule.benefit, state)


def _full_reduction(benefit: FullReduction, state: CartState) -> Discount | NoDiscount:
    base = state.base
    steps = sorted(benefit.steps, key=lambda step: step.threshold_minor)
    reached = [step for step in steps if step.threshold_minor <= base]
    if not reached:
        return below_minimum(steps[0].threshold_minor - base, state)
    step = reached[-1]
    times = base // step.threshold_minor if benefit.repeated else 1
    times = min(times, benefit.max_times or times)
    off = min(step.off_minor * times, base)
    amounts: dict[str, Any] = {"threshold": state.money(step.threshold_minor), "off": state.money(step.off_minor)}
    text = Translatable("over %(threshold)s, %(off)s off", **amounts)
    if times > 1:
        text = Translatable("over %(threshold)s, %(off)s off, %(times)s times", times=times, **amounts)
    return Discount(state.spread(off), text, {"times": times})


def _percentage(benefit: Percentage, state: CartState) -> Discount | NoDiscount:
    off = state.base * benefit.off_bps // ALL_BPS
    text = Translatable("%(rate)s off %(base)s", rate=Rate(benefit.off_bps), base=state.money(state.base))
    if benefit.cap_minor is not None and off > benefit.cap_minor:
        return Discount(state.spread(benefit.cap_minor), at_most(text, state.money(benefit.cap_minor)))
    return Discount(state.spread(off), text) if off else _no_discount()


def _first_purchase(benefit: FirstPurchase, state: CartState) -> Discount | NoDiscount:
    base = state.base
    off = base * benefit.off_bps // ALL_BPS if benefit.off_bps else min(benefit.off_minor or 0, base)
    off = min(off, benefit.cap_minor or off)
    what = Rate(benefit.off_bps) if benefit.off_bps else state.money(benefit.off_minor or 0)
    return (
        Discount(state.spread(off), Translatable("first purchase, %(what)s off", what=what)) if off else _no_discount()
    )


def _ladder(benefit: Ladder, state: CartState) -> Discount | NoDiscount:
    steps = sorted(benefit.steps, key=lambda step: step.from_quantity)
    reached = [step for step in steps if step.from_quantity <= state.quantity]
    if not reached:
        return _not_enough(steps[0].from_quantity - state.quantity)
    step = reached[-1]
    if step.unit_minor is None:
        shares = state.spread(state.base * (step.off_bps or 0) // ALL_BPS) if state.base else ()
        what = Translatable("%(rate)s off each", rate=Rate(step.off_bps or 0))
    else:
        shares = _down_to(dict.fromkeys(state.inside, step.unit_minor), state)
        what = Translatable("%(price)s each", price=state.money(step.unit_minor))
    text = Translatable(
        "%(quantity)s items, from %(least)s: %(what)s", quantity=state.quantity, least=step.from_quantity, what=what
    )
    return Discount(shares, text, {"from_quantity": step.from_quantity}) if any(shares) else _no_discount()


def _member_price(benefit: MemberPrice, state: CartState) -> Discount | NoDiscount:
    prices: dict[int, int] = {}
    for index in state.inside:
        line, each = state.lines[index], state.amounts[index] // state.lines[index].quantity
        if benefit.off_bps is not None:
            prices[index] = each - each * benefit.off_bps // ALL_BPS
        elif line.sku_id in benefit.unit_minor:
            prices[index] = benefit.unit_minor[line.sku_id]
    shares = _down_to(prices, state)
    shown = Several(tuple(state.money(prices[index]) for index in prices if shares[index]))
    return Discount(shares, Translatable("member price %(prices)s", prices=shown)) if any(shares) else _no_discount()


def _nth_item(benefit: NthItem, state: CartState) -> Discount | NoDiscount:
    def until(position: int) -> int:
        times = position // benefit.n
        return min(times, benefit.max_times or times)

    if state.quantity < benefit.n:
        return _not_enough(benefit.n - state.quantity)
    off = benefit.off_bps
    times, shares = _counted(_dearest_first(state.inside, state), until, state, off_bps=off)
    text = Translatable(
        "every %(nth)s item %(rate)s off, %(count)s item",
        many="every %(nth)s item %(rate)s off, %(count)s items",
        count=times,
        nth=Nth(benefit.n),
        rate=Rate(off),
    )
    return Discount(shares, text, {"quantity": times}) if any(shares) else _no_discount()


def _buy_get(benefit: BuyGet, state: CartState) -> Discount | NoDiscount:
    if benefit.get is not None:
        return _buy_this_get_that(benefit, benefit.get, state)
    buy, group = benefit.buy_quantity, benefit.buy_quantity + benefit.get_quantity
    most = benefit.max_times

    def until(position: int) -> int:
        full, rest = divmod(position, group)
        if most is not None and full >= most:
            return most * benefit.get_quantity
        return full * benefit.get_quantity + max(0, rest - buy)

    if state.quantity <= buy:
        return _not_enough(buy + 1 - state.quantity)
    quantity, shares = _counted(_dearest_first(state.inside, state), until, state, off_bps=benefit.off_bps)
    return _gift(benefit, quantity, shares)


def _buy_this_get_that(benefit: BuyGet, get: Scope, state: CartState) -> Discount | NoDiscount:
    gifts = lines_in(get, state.lines)
    bought = sum(state.lines[index].quantity for index in state.inside if index not in gifts)
    times = bought // benefit.buy_quantity
    times = min(times, benefit.max_times or times)
    if not times:
        return _not_enough(benefit.buy_quantity - bought)
    there = sum(state.lines[index].quantity for index in gifts)
    if not there:
        return _not_enough(1)
    most = times * benefit.get_quantity
    cheapest = sorted(_runs(gifts, state), key=lambda run: (run.minor, run.line))
    quantity, shares = _counted(cheapest, lambda position: min(position, most), state, off_bps=benefit.off_bps)
    return _gift(benefit, quantity, shares)


def _gift(benefit: BuyGet, quantity: int, shares: tuple[int, ...]) -> Discount | NoDiscount:
    deal: dict[str, Any] = {"buy": benefit.buy_quantity, "get": benefit.get_quantity}
    if benefit.off_bps == ALL_BPS:
        text = Translatable(
            "buy %(buy)s, get %(get)s: %(count)s item free",
            many="buy %(buy)s, get %(get)s: %(count)s items free",
            count=quantity,
            **deal,
        )
    else:
        text = Translatable(
            "buy %(buy)s, get %(get)s: %(count)s item %(rate)s off",
            many="buy %(buy)s, get %(get)s: %(count)s items %(rate)s off",
            count=quantity,
            rate=Rate(benefit.off_bps),
            **deal,
        )
    return Discount(shares, text, {"quantity": quantity}) if any(shares) else _no_discount()


def _bundle(benefit: Bundle, state: CartState) -> Discount | NoDiscount:
    runs = _dearest_first(range(len(state.lines)), state)
    piles = [
        (part, [run for run in runs if run.line in members])
        for part in benefit.parts
        for members in [frozenset(lines_in(part.scope, state.lines)) & frozenset(state.inside)]
    ]
    shares, times = [0] * len(state.lines), 0
    while times < benefit.max_times:
        taken = _one_set(piles)
        off = sum(taken.values()) - benefit.price_minor
        if not taken or off <= 0:
            break
        parts = Money(off, state.currency).allocate(list(taken.values()))
        for index, part in zip(taken, parts, strict=True):
            shares[index] += part.minor
        times += 1
    if not times:
        return NoDiscount("not_enough", Translatable("The bundle is incomplete or not cheaper."))
    text = Translatable(
        "bundle for %(price)s, %(count)s time",
        many="bundle for %(price)s, %(count)s times",
        count=times,
        price=state.money(benefit.price_minor),
    )
    return Discount(tuple(shares), text, {"times": times})


def _one_set(piles: Sequence[tuple[Part, list[_Run]]]) -> dict[int, int]:
    """Take one set off the piles: what it is worth, by line; nothing when it is not complete."""
    taken: dict[int, int] = {}
    for part, pile in piles:
        missing = part.quantity
        for run in pile:
            got = min(run.count, missing)
            run.count -= got
            missing -= got
            if got:
                taken[run.line] = taken.get(run.line, 0) + got * run.minor
            if not missing:
                break
        if missing:
            return {}
    return taken


def _counted(
    runs: Sequence[_Run], until: Callable[[int], int], state: CartState, *, off_bps: int
) -> tuple[int, tuple[int, ...]]:
    """Units at a discount among those of the runs in their order: `until(n)` is how many there are among the first
    n. How many altogether, and what comes off each line."""
    shares, position = [0] * len(state.lines), 0
    for run in runs:
        count = until(position + run.count) - until(position)
        shares[run.line] += count * (run.minor * off_bps // ALL_BPS)
        position += run.count
    return until(position), tuple(shares)


def _dearest_first(indexes: Sequence[int], state: CartState) -> list[_Run]:
    return sorted(_runs(indexes, state), key=lambda run: (-run.minor, run.line))


def _runs(indexes: Sequence[int], state: CartState) -> Iterator[_Run]:
    """What is left of each line, by the unit: some cost one minor unit more when it does not divide."""
    for index in indexes:
        quantity = state.lines[index].quantity
        each, dearer = divmod(state.amounts[index], quantity)
        for minor, count in ((each + 1, dearer), (each, quantity - dearer)):
            if count:
                yield _Run(index, minor, count)


def _down_to(prices: Mapping[int, int], state: CartState) -> tuple[int, ...]:
    """What comes off each line when its units cost this; nothing where they cost less already."""
    return tuple(
        max(0, amount - prices[index] * line.quantity) if index in prices else 0
        for index, (line, amount) in enumerate(zip(state.lines, state.amounts, strict=True))
    )


def _is_in(scope: Scope, line: Scoped) -> bool:
    if line.sku_id in scope.excluded_sku_ids:
        return False
    return (
        scope.is_everything
        or line.sku_id in scope.sku_ids
        or line.product_id in scope.product_ids
        or not line.categories.isdisjoint(scope.categories)
    )


def at_most(text: Translatable, most: Amount) -> Translatable:
    """The same, but no more than this."""
    return Translatable("%(text)s, up to %(most)s", text=text, most=most)


def below_minimum(missing: int, state: CartState) -> NoDiscount:
    """So much more has to be in the cart."""
    text = Translatable("Add %(missing)s more.", missing=state.money(missing))
    return NoDiscount("below_minimum", text, {"missing_minor": missing})


def _not_enough(missing: int) -> NoDiscount:
    text = Translatable("Add %(count)s more item.", many="Add %(count)s more items.", count=missing)
    return NoDiscount("not_enough", text, {"missing_quantity": missing})


def _no_discount() -> NoDiscount:
    return NoDiscount("no_discount", Translatable("It gives no discount on this cart."))


_WORK: dict[type, Callable[[Any, CartState], Discount | NoDiscount]] = {
    FullReduction: _full_reduction,
    Percentage: _percentage,
    Ladder: _ladder,
    NthItem: _nth_item,
    BuyGet: _buy_get,
    Bundle: _bundle,
    MemberPrice: _member_price,
    FirstPurchase: _first_purchase,
}
