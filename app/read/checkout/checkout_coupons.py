"""The coupons that a buyer could use in a checkout session."""

from __future__ import annotations

import uuid
from typing import TypedDict

from app.core import db
from app.domain.catalog import queries as catalog
from app.domain.marketing import offers
from app.domain.marketing.codes import normal
from app.domain.marketing.offers import Offered
from app.domain.orders.errors import CouponsClosed, SessionClosed
from app.domain.orders.models import CheckoutSession
from app.domain.orders.types import read_items, read_terms
from app.domain.payments.channels import registry
from app.read.checkout.checkout_lines import who_buys
from app.texts import translate

sessions = db.table(CheckoutSession)


class OfferedCoupon(TypedDict):
    """A coupon that the buyer could enter, and what it gives in words; `expires_at` as ISO 8601."""

    code: str
    name: str
    text: str
    is_applied: bool
    expires_at: str | None


class UsableCoupon(OfferedCoupon):
    """One that takes something off: what, on its own, in minor units."""

    discount_minor: int


class UnusableCoupon(OfferedCoupon):
    """One that takes nothing off: a stable word for the reason, and the reason in words."""

    reason: str
    why: str


class CouponChoice(TypedDict):
    """Coupons that save most first, those that cannot be used, and the codes that together take off most."""

    usable: list[UsableCoupon]
    unusable: list[UnusableCoupon]
    best: list[str]
    best_discount_minor: int


def coupons_for(
    business_id: uuid.UUID, session_id: uuid.UUID, *, channel: str | None = None, language: str | None = None
) -> CouponChoice:
    """Usable and unusable coupons of the session, and the best choice (docs/reference/coupons.md has the shape). While
    the buyer has selected no payment method, at the price of `channel`. Texts are in `language`, or the session's.

    Raises:
        NotFound: there is no such session. SessionClosed: its order was placed. CouponsClosed: it takes no codes.
    """
    with db.reading(business_id):
        session = db.get(CheckoutSession, session_id)
        if session.order_id is not None:
            raise SessionClosed("already_ordered", "The order has already been placed; its coupons cannot change.")
        if not read_terms(session.terms).coupons_allowed:
            raise CouponsClosed("coupons_closed", "This checkout does not accept codes.")
        items = read_items(session.items)
        rows = {row.id: row for row in db.rows(catalog.skus_with_products({item.sku_id for item in items}))}
        sale_items = offers.sale_items_of(items, rows, currency=session.currency)
        locale = language or session.locale
        who = who_buys(session, registry.channel_and_scene(session.channel or channel)[0])
        found = offers.offered(
            session.currency, sale_items, who, session.coupon_codes, knows_buyer=session.buyer_signed_in
        )
    choice, applied = found.choice, {normal(code) for code in session.coupon_codes}
    best = sum(each.spent_minor for each in choice.priced.consumed if each.coupon_id is not None)
    return {
        "usable": [
            {**_coupon(found, each.coupon.id, applied, locale), "discount_minor": each.saved_minor}
            for each in choice.usable
        ],
        "unusable": [
            *(
                _unusable(_coupon(found, each.coupon_id, applied, locale), each.reason, translate(each.text, locale))
                for each in choice.unusable
                if each.coupon_id is not None
            ),
            *(
                _unusable(_unknown(each.code, applied), each.reason, translate(each.text, locale))
                for each in found.found.refused
            ),
        ],
        "best": [coupon.code for coupon in choice.best],
        "best_discount_minor": best,
    }


def _coupon(found: Offered, coupon_id: uuid.UUID, applied: set[str], locale: str) -> OfferedCoupon:
    coupon = found.coupon(coupon_id)
    ends = coupon.rule.ends_at
    return {
        "code": coupon.code,
        "name": coupon.rule.name,
        "text": translate(found.gives(coupon_id), locale),
        "is_applied": normal(coupon.code) in applied,
        "expires_at": ends.isoformat() if ends else None,
    }


def _unknown(code: str, applied: set[str]) -> OfferedCoupon:
    return {"code": code, "name": code, "text": "", "is_applied": normal(code) in applied, "expires_at": None}


def _unusable(coupon: OfferedCoupon, reason: str, why: str) -> UnusableCoupon:
    return {**coupon, "reason": reason, "why": why}
