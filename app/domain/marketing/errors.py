"""Refusals of the marketing noun."""

from __future__ import annotations

from app.core.errors import Conflict, Invalid


class BadRule(Invalid):
    """A promotion or coupon that cannot be: a threshold of nothing, a discount of more than everything."""

    default_code = "invalid_promotion"


class BadCart(Invalid):
    """Nothing in the cart, a quantity of nothing, or a line that stands there twice."""

    default_code = "invalid_cart"


class NoPrice(Conflict):
    """The SKU has no price in the cart's currency now."""

    default_code = "no_price"


class CouponRefused(Conflict):
    """A coupon that cannot be used with this order; `details.reason` says why."""

    default_code = "coupon_refused"
