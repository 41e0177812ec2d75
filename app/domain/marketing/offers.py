"""The coupons that are there for a buyer's cart: what was entered, what is offered to all, what is the buyer's own."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import or_, select

from app.core import clock, db
from app.core.i18n.language import Translatable
from app.domain.marketing import coupon_use, listing, service
from app.domain.marketing.codes import normal, shown
from app.domain.marketing.coupon_use import Found, coupons, templates
from app.domain.marketing.coupons import Choice, choose
from app.domain.marketing.describe import gives
from app.domain.marketing.service import CartBuyer, ListedSku, Quote, SaleItem
from app.domain.marketing.states import CouponStatus, TemplateStatus
from app.domain.marketing.types import Cart, CartItem, Coupon

MAX_OWN = 50
MAX_LISTED = 20


class CartLine(Protocol):
    """A line of a cart."""

    @property
    def key(self) -> str: ...
    @property
    def sku_id(self) -> uuid.UUID: ...
    @property
    def quantity(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Entered:
    """A code that was entered: what it takes off, or why it does not."""

    code: str
    name: str
    discount_minor: int = 0
    reason: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Offered:
    """The coupons there are for a cart, which of them can be used, and until when each is good."""

    choice: Choice
    found: Found

    def gives(self, coupon_id: uuid.UUID) -> Translatable:
        """What a coupon gives, for buyers."""
        return gives(self.coupon(coupon_id).rule)

    def coupon(self, coupon_id: uuid.UUID) -> Coupon:
        """The coupon of this id."""
        return next(each for each in self.found.coupons if each.id == coupon_id)


def sale_items_of(items: Iterable[CartLine], found: Mapping[uuid.UUID, ListedSku], *, currency: str) -> list[SaleItem]:
    """The lines of a cart at the list prices of now; `found` are the catalogue's rows by SKU.

    Raises:
        NoPrice: one is not sold in this currency.
    """
    return [
        service.sale_item(
            found[item.sku_id],
            key=item.key,
            quantity=item.quantity,
            unit_minor=listing.unit_minor(
                found[item.sku_id], currency=currency, quantity=item.quantity, now=clock.now()
            ),
        )
        for item in items
    ]


def entered(codes: Sequence[str], quote: Quote) -> list[Entered]:
    """What became of each code that was entered, in their order."""
    by_code = {normal(coupon.code): coupon for coupon in quote.found.coupons}
    refused = {normal(each.code): each for each in quote.found.refused}
    spent = {each.coupon_id: each.spent_minor for each in quote.priced.consumed}
    why = {each.coupon_id: each for each in quote.priced.verdicts}
    results = []
    for typed in codes:
        coupon = by_code.get(normal(typed))
        if coupon is None:
            no = refused[normal(typed)]
            results.append(Entered(code=typed, name=typed, reason=no.reason, text=no.text))
        elif coupon.id in spent:
            results.append(Entered(code=coupon.code, name=coupon.rule.name, discount_minor=spent[coupon.id]))
        else:
            verdict = why[coupon.id]
            results.append(Entered(code=coupon.code, name=coupon.rule.name, reason=verdict.reason, text=verdict.text))
    return results


def offered(
    currency: str, items: Sequence[SaleItem], who: CartBuyer, typed: Sequence[str], *, knows_buyer: bool
) -> Offered:
    """What can be used of the codes that were typed, of those offered to all, and of the buyer's own when the merchant
    `knows_buyer`."""
    codes = [*typed, *(for_buyer(who.reference) if knows_buyer else _listed())]
    promotions = service.active()
    found = coupon_use.find(codes, who.identity, lock=False)
    rules = [service.rule_of(row) for row in promotions]
    cart = Cart(currency, tuple(CartItem(item.key, item.sku_id, item.quantity) for item in items))
    prices = [service.offer(item, currency) for item in items]
    return Offered(choose(cart, prices, rules, found.coupons, service.context_of(promotions, found, who)), found)


def for_buyer(reference: str) -> list[str]:
    """The codes that are offered to all, and those of the buyer's own coupons."""
    return [*_listed(), *_own(reference)]


def _own(reference: str) -> list[str]:
    """Codes of the buyer's own coupons, those that end first first."""
    rows = db.rows(
        select(coupons.c.code)
        .join(templates, (templates.c.business_id == coupons.c.business_id) & (templates.c.id == coupons.c.template_id))
        .where(
            coupons.c.business_id == db.here(),
            coupons.c.buyer_reference == reference,
            coupons.c.status == CouponStatus.ISSUED,
            _later(coupons.c.expires_at, clock.now()),
            templates.c.status == TemplateStatus.ACTIVE,
        )
        .order_by(coupons.c.expires_at.asc().nulls_last(), coupons.c.id)
        .limit(MAX_OWN)
    )
    return [shown(row.code) for row in rows]


def _listed() -> list[str]:
    now = clock.now()
    rows = db.rows(
        select(templates.c.shared_code)
        .where(
            templates.c.business_id == db.here(),
            templates.c.status == TemplateStatus.ACTIVE,
            templates.c.listed,
            or_(templates.c.starts_at.is_(None), templates.c.starts_at <= now),
            _later(templates.c.ends_at, now),
        )
        .order_by(templates.c.created_at.desc())
        .limit(MAX_LISTED)
    )
    return [row.shared_code for row in rows]


def _later(ends_at: Any, now: datetime) -> Any:
    return or_(ends_at.is_(None), ends_at > now)
