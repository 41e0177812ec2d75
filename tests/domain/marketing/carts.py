"""Short words for carts, prices and rules. Goods are letters; `book` and `music` are their categories."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from app.domain.marketing.kinds import Benefit, Scope
from app.domain.marketing.pricing import price
from app.domain.marketing.types import Cart, CartItem, Context, Coupon, DiscountRule, Offer, Priced, Tier

NOW = datetime(2026, 5, 31, 12, tzinfo=UTC)
CATEGORIES = {"a": "book", "b": "book", "c": "music", "d": "music"}
_numbers = count(1)


def sku(name: str) -> uuid.UUID:
    """The SKU called so."""
    return uuid.UUID(int=ord(name))


def offer(name: str, minor: int, currency: str, *more: Tier) -> Offer:
    """A SKU with its price, of the product of the same letter in capitals."""
    return Offer(
        sku_id=sku(name),
        product_id=sku(name.upper()),
        currency=currency,
        tiers=(Tier(unit_minor=minor), *more),
        categories=frozenset({CATEGORIES.get(name, "other")}),
        name=name,
    )


def cart(currency: str, **quantities: int) -> Cart:
    """`cart("JPY", a=2)`: two of a."""
    return Cart(currency, tuple(CartItem(name, sku(name), quantity) for name, quantity in quantities.items()))


def rule(benefit: Benefit, currency: str | None = None, **more: Any) -> DiscountRule:
    """A promotion with an id later than those before."""
    number = next(_numbers)
    return DiscountRule(id=uuid.UUID(int=number), name=f"rule {number}", benefit=benefit, currency=currency, **more)


def coupon(benefit: Benefit, currency: str | None = None, **more: Any) -> Coupon:
    """A coupon somebody holds."""
    number = next(_numbers)
    return Coupon(uuid.UUID(int=number), f"CODE{number}", rule(benefit, currency, **more))


def only(*names: str) -> Scope:
    """The scope of these SKUs."""
    return Scope(sku_ids=frozenset(sku(name) for name in names))


def priced(
    currency: str,
    prices: dict[str, int],
    quantities: dict[str, int],
    promotions: Iterable[DiscountRule] = (),
    coupons: Iterable[Coupon] = (),
    **context: Any,
) -> Priced:
    """The price of this quantity at these unit prices."""
    offers = [offer(name, minor, currency) for name, minor in prices.items()]
    return price(cart(currency, **quantities), offers, promotions, coupons, Context(**{"now": NOW, **context}))


def off(found: Priced) -> dict[str, int]:
    """The discount of each line that has one."""
    return {line.key: line.discount_minor for line in found.lines if line.discount_minor}
