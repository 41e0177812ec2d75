"""Prices with the business's own promotions, and what these give, kept against their limits."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import exists, func, or_, select, update

from app.core import clock, db
from app.core.db import locks
from app.core.i18n.language import stored
from app.domain.marketing import codec, coupon_use, listing, rule_rows
from app.domain.marketing.coupon_use import Found, Identity
from app.domain.marketing.kinds import FirstPurchase
from app.domain.marketing.models import Promotion, PromotionUse
from app.domain.marketing.pricing import price
from app.domain.marketing.promotions import lines_in
from app.domain.marketing.rules import MAX_ACTIVE_PROMOTIONS
from app.domain.marketing.states import PromotionStatus
from app.domain.marketing.types import Cart, CartItem, Context, DiscountRule, Offer, Priced, Tier, Usage

promotions, uses = db.table(Promotion), db.table(PromotionUse)


@dataclass(frozen=True, kw_only=True)
class SaleItem:
    """A line to be priced: this quantity of a SKU at its list price."""

    key: str
    sku_id: uuid.UUID
    product_id: uuid.UUID
    name: str
    quantity: int
    unit_minor: int
    categories: frozenset[str] = frozenset()


class ListedSku(listing.Listed, Protocol):
    """A SKU as the catalogue's `skus_with_products` have it."""

    @property
    def product_id(self) -> uuid.UUID: ...
    @property
    def name(self) -> str: ...
    @property
    def product_name(self) -> str: ...
    @property
    def categories(self) -> Sequence[str] | None: ...


def sale_item(sku: ListedSku, *, key: str, quantity: int, unit_minor: int) -> SaleItem:
    """A quantity of a SKU at its list price."""
    return SaleItem(
        key=key,
        sku_id=sku.id,
        product_id=sku.product_id,
        name=f"{sku.product_name}: {sku.name}" if sku.name else sku.product_name,
        quantity=quantity,
        unit_minor=unit_minor,
        categories=frozenset(sku.categories or ()),
    )


@dataclass(frozen=True, kw_only=True)
class CartBuyer:
    """The buyer, as far as prices are concerned. `is_new` is asked only when a promotion depends on it; it is true when
    the buyer never bought before. `channel` is the one that is chosen to pay with, if any is."""

    reference: str
    groups: Collection[str] = ()
    is_new: Callable[[], bool] = lambda: False
    email: str | None = None
    device: str | None = None
    channel: str | None = None
    also: Sequence[str] = ()

    @property
    def identity(self) -> Identity:
        """By what limits for each buyer know them again."""
        return Identity.of(self.reference, email=self.email, device=self.device, also=self.also)


@dataclass(frozen=True)
class Quote:
    """A price, and the coupons behind the codes it was asked for with. The price is for payments by `channels` alone,
    unless there are none."""

    priced: Priced
    found: Found
    channels: frozenset[str] = frozenset()

    @property
    def depends_on_channel(self) -> bool:
        """Whether another way to pay could lead to another price."""
        return bool(self.channels) or any(verdict.reason == "channel" for verdict in self.priced.verdicts)


def has_active_promotion() -> Any:
    """Whether a promotion of the open transaction's business is active, as a column of another query."""
    return exists().where(promotions.c.business_id == db.HERE, promotions.c.status == PromotionStatus.ACTIVE)


def price_items(currency: str, items: Sequence[SaleItem], who: CartBuyer, *, lock: bool = False) -> Priced:
    """The goods' price with the promotions that are active now, in the open transaction.

    With `lock` promotions with limits for these goods are locked in the order of their ids, so that what is priced can
    be kept with `keep` in the same phase and no limit is ever passed.
    """
    return price_with_coupons(currency, items, who, (), lock=lock).priced


def price_with_coupons(
    currency: str, items: Sequence[SaleItem], who: CartBuyer, codes: Sequence[str], *, lock: bool = False
) -> Quote:
    """As `price_items`, with the coupons behind these codes; with `lock` they are locked too."""
    rows = active(locked_for=items if lock else None)
    found = coupon_use.find(codes, who.identity, lock=lock)
    rules = [rule_of(row) for row in rows]
    if lock and _asks_first(rows, found):
        # Of all that is for a first purchase one order gets something: another one placed now by the buyer waits here.
        locks.hold(f"first purchase|{who.reference}")
    context = context_of(rows, found, who)
    cart = Cart(currency, tuple(CartItem(item.key, item.sku_id, item.quantity) for item in items))
    priced = price(cart, [offer(item, currency) for item in items], rules, found.coupons, context)
    return Quote(priced, found, _bound_to(rules, priced))


def _bound_to(rules: Iterable[DiscountRule], priced: Priced) -> frozenset[str]:
    """The channels that every one of the given promotions allows; empty when none of them minds."""
    applied = {each.rule_id for each in priced.consumed}
    bound = [rule.channels for rule in rules if rule.id in applied and rule.channels]
    return frozenset.intersection(*bound) if bound else frozenset()


def context_of(rows: Sequence[Promotion], found: Found, who: CartBuyer) -> Context:
    """Who buys now, and how far the limits of these promotions and coupons are used."""
    return Context(
        now=clock.now(),
        buyer_groups=frozenset(who.groups),
        is_first_purchase=_asks_first(rows, found) and who.is_new(),
        channel=who.channel,
        usage={**_usage(rows, (who.reference, *who.also)), **found.usage},
    )


def _asks_first(rows: Iterable[Promotion], found: Found) -> bool:
    return any(row.kind == "first_purchase" for row in rows) or any(
        isinstance(coupon.rule.benefit, FirstPurchase) for coupon in found.coupons
    )


def record_uses(order_id: uuid.UUID, quote: Quote, who: CartBuyer) -> None:
    """Count what each promotion gives with the order and reserve its coupons, in the phase that priced it with
    `lock`."""
    priced = quote.priced
    steps = {step.rule_id: step for step in priced.steps if step.coupon_id is None}
    for each in priced.consumed:
        if each.coupon_id is not None:
            continue
        step = steps[each.rule_id]
        db.add(
            PromotionUse,
            promotion_id=each.rule_id,
            order_id=order_id,
            buyer_reference=who.reference,
            name=step.name,
            explanation=step.why,
            explained=stored(step.why),
            spent_minor=each.spent_minor,
        )
    for each in sorted((each for each in priced.consumed if each.coupon_id is None), key=lambda each: each.rule_id):
        db.write(rule_rows.counted(Promotion, each.rule_id, uses=1, spent_minor=each.spent_minor))
    coupon_use.reserve(order_id, priced, quote.found, who.identity)


def release(order_id: uuid.UUID) -> None:
    """Return the promotions and coupons of an order that was never paid. Safe when it has none. Call it before wallets
    and stock are released: promotions are locked before both."""
    conditions = (uses.c.business_id == db.here(), uses.c.order_id == order_id, uses.c.released.is_(False))
    held = db.rows(select(uses.c.promotion_id, uses.c.spent_minor).where(*conditions).order_by(uses.c.promotion_id))
    for row in held:
        db.run(rule_rows.counted(Promotion, row.promotion_id, uses=-1, spent_minor=-row.spent_minor))
    if held:
        db.run(update(PromotionUse).where(*conditions).values(released=True))
    coupon_use.release(order_id)


def rule_of(row: Promotion) -> DiscountRule:
    """The rule a row of `promotions` stands for."""
    return rule_rows.rule_of(row, channels=frozenset(row.channels))


def active(*, locked_for: Sequence[SaleItem] | None = None) -> list[Promotion]:
    """The promotions that are active now. Those with limits that may give something to the goods `locked_for` are
    locked in the order of their ids; whoever buys other goods does not wait for them."""
    now = clock.now()
    query = (
        select(promotions)
        .where(
            promotions.c.business_id == db.here(),
            promotions.c.status == PromotionStatus.ACTIVE,
            or_(promotions.c.starts_at.is_(None), promotions.c.starts_at <= now),
            or_(promotions.c.ends_at.is_(None), promotions.c.ends_at > now),
        )
        .order_by(promotions.c.id)
        .limit(MAX_ACTIVE_PROMOTIONS)
    )
    rows = list(db.rows(query))
    items = locked_for or ()
    limited = [row.id for row in rows if _is_limited(row) and lines_in(codec.read_scope(row.scope), items)]
    if not limited:
        return rows
    # Read again under lock: others may have used them meanwhile, or paused them.
    locked = db.rows(
        select(promotions)
        .where(
            promotions.c.business_id == db.here(),
            promotions.c.id.in_(limited),
            promotions.c.status == PromotionStatus.ACTIVE,
        )
        .order_by(promotions.c.id)
        .with_for_update()
    )
    return [row for row in rows if row.id not in limited] + list(locked)


def _is_limited(row: Promotion) -> bool:
    return any(limit is not None for limit in (row.budget_minor, row.max_uses, row.max_uses_per_buyer))


def _usage(rows: Iterable[Promotion], buyer: Sequence[str]) -> dict[uuid.UUID, Usage]:
    limited = {row.id: row for row in rows if _is_limited(row)}
    by_buyer: dict[uuid.UUID, int] = {}
    if any(row.max_uses_per_buyer is not None for row in limited.values()):
        counted = (
            select(uses.c.promotion_id, func.count().label("times"))
            .where(
                uses.c.business_id == db.here(),
                uses.c.promotion_id.in_(list(limited)),
                uses.c.buyer_reference.in_(buyer),
                uses.c.released.is_(False),
            )
            .group_by(uses.c.promotion_id)
        )
        by_buyer = {row.promotion_id: int(row.times) for row in db.rows(counted)}
    return {
        row_id: Usage(uses=row.uses, uses_by_buyer=by_buyer.get(row_id, 0), spent_minor=row.spent_minor)
        for row_id, row in limited.items()
    }


def offer(item: SaleItem, currency: str) -> Offer:
    """The item's list price, in the form that pricing takes."""
    return Offer(
        sku_id=item.sku_id,
        product_id=item.product_id,
        currency=currency,
        tiers=(Tier(unit_minor=item.unit_minor),),
        categories=item.categories,
        name=item.name,
    )
