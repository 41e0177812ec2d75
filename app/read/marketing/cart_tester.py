"""The cart tester: what a cart would cost now, with promotions and coupons, and why."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from app.core import db
from app.core.errors import Invalid
from app.domain.marketing import coupon_use, listing, offers
from app.domain.marketing import service as marketing
from app.domain.marketing.codes import normal
from app.domain.marketing.coupons import Choice, choose
from app.domain.marketing.models import Promotion
from app.domain.marketing.offers import Entered
from app.domain.marketing.pricing import price
from app.domain.marketing.service import Quote
from app.domain.marketing.states import PromotionStatus
from app.domain.marketing.types import MAX_COUPONS, Cart, CartItem, Offer, Priced, Verdict
from app.read.marketing.promotions import PAGE, SellableSku, sellable, titles

promotions = db.table(Promotion)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How a cart is priced: for whom, paid by which channel, with promotions of which statuses, with which codes. With
    a `buyer` and no codes the best are chosen of those the buyer could use."""

    groups: Collection[str] = ()
    channel: str | None = None
    is_first_purchase: bool = False
    statuses: Collection[str] = (PromotionStatus.ACTIVE,)
    codes: Sequence[str] = ()
    buyer: str = ""


@dataclass(frozen=True)
class TestedCart:
    """A cart that was tried: names of its SKUs by line, its price, and what became of each coupon."""

    names: dict[str, str]
    priced: Priced
    coupons: Sequence[Entered] = ()


def try_cart(business_id: uuid.UUID, items: Sequence[tuple[uuid.UUID, int]], trial: Trial) -> TestedCart:
    """The price of a cart now, with what is left of budgets. To limits per buyer whoever is not named is a new one.

    Raises:
        Invalid: no such SKU, several currencies, nothing in the cart, or too many codes.
    """
    known = {row.id: row for row in sellable(business_id)}
    if not items or any(sku_id not in known for sku_id, _ in items):
        raise Invalid("invalid_cart", "Add items to the cart.")
    currencies = sorted({known[sku_id].currency for sku_id, _ in items})
    if len(currencies) > 1:
        raise Invalid("mixed_currencies", f"A cart must use one currency, not {' and '.join(currencies)}.")
    if len(trial.codes) > MAX_COUPONS:
        raise Invalid("too_many_coupons", f"You can combine at most {MAX_COUPONS} codes.")
    cart_items = tuple(CartItem(str(number), sku_id, count) for number, (sku_id, count) in enumerate(items))
    prices = [_offer(known[sku_id]) for sku_id in {sku_id for sku_id, _ in items}]
    with db.reading(business_id):
        quote, codes = _quote(Cart(currencies[0], cart_items), prices, trial)
    verdicts = [each for each in quote.priced.verdicts if each.coupon_id is None]
    shown = replace(quote.priced, verdicts=tuple(verdicts))
    return TestedCart({item.key: _name(known[item.sku_id]) for item in cart_items}, shown, offers.entered(codes, quote))


def _quote(cart: Cart, prices: Sequence[Offer], trial: Trial) -> tuple[Quote, list[str]]:
    """The price, and the codes that were tried: those that were typed, or what the buyer has."""
    conditions = (promotions.c.business_id == db.here(), promotions.c.status.in_(list(trial.statuses)))
    rows = db.rows(select(promotions).where(*conditions).order_by(promotions.c.id).limit(PAGE))
    who = marketing.CartBuyer(
        reference=trial.buyer, groups=trial.groups, is_new=lambda: trial.is_first_purchase, channel=trial.channel
    )
    is_choice = bool(trial.buyer) and not trial.codes
    entered_codes = offers.for_buyer(trial.buyer) if is_choice else trial.codes
    codes = list({normal(code): code for code in entered_codes}.values())
    found = coupon_use.find(codes, who.identity, lock=False, on_trial=set(trial.statuses) != {PromotionStatus.ACTIVE})
    rules = [marketing.rule_of(row) for row in rows]
    context = marketing.context_of(rows, found, who)
    if is_choice:
        priced = _best(choose(cart, prices, rules, found.coupons, context))
    else:
        priced = price(cart, prices, rules, found.coupons, context)
    return Quote(_with_titles(priced, rows), found), codes


def _best(choice: Choice) -> Priced:
    """The best price, with why each of the other coupons has no part in it."""
    chosen = {coupon.id for coupon in choice.best}
    others = [
        Verdict(
            rule_id=each.coupon.rule.id,
            name=each.coupon.rule.name,
            reason="not_best",
            text="Other discounts save more.",
            coupon_id=each.coupon.id,
        )
        for each in choice.usable
        if each.coupon.id not in chosen
    ]
    return replace(choice.priced, verdicts=(*choice.priced.verdicts, *choice.unusable, *others))


def _with_titles(priced: Priced, rows: Sequence[Promotion]) -> Priced:
    """The same, with channels called as people know them."""
    known = titles()
    bound = {row.id: " or ".join(sorted(known.get(name, name) for name in row.channels)) for row in rows}
    verdicts = (
        replace(each, text=f"It applies to payments by {bound[each.rule_id]} only.")
        if each.reason == "channel"
        else each
        for each in priced.verdicts
    )
    return replace(priced, verdicts=tuple(verdicts))


def _offer(row: SellableSku) -> Offer:
    tiers = listing.tiers(row, row.currency)
    return Offer(
        sku_id=row.id,
        product_id=row.product_id,
        currency=row.currency,
        tiers=tiers,
        categories=frozenset(row.categories or ()),
        name=_name(row),
    )


def _name(row: SellableSku) -> str:
    return f"{row.product_name}, {row.name}"
