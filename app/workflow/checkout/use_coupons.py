"""Coupons in a checkout session: a code is entered or taken out, or the best are chosen. Nothing is held before the
order is placed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from app.core import db
from app.core.errors import AppError
from app.core.i18n.language import Translatable
from app.core.limits.ratelimit import Counter, Limit, guessing
from app.domain.catalog import queries as catalog
from app.domain.marketing import offers, service
from app.domain.marketing.codes import normal
from app.domain.marketing.coupon_use import refuse_code
from app.domain.marketing.service import SaleItem
from app.domain.marketing.types import MAX_COUPONS
from app.domain.orders.errors import CouponsClosed, SessionClosed
from app.domain.orders.models import CheckoutSession
from app.domain.orders.types import read_items, read_terms
from app.domain.payments.channels import registry
from app.workflow.checkout import open_checkout
from app.workflow.checkout.confirm_checkout import buyer_of
from app.workflow.steps.marketing.who_buys import who_buys

# Only codes that are none count. Twelve letters cannot be guessed; shared codes are words.
OF_SESSION = Limit("coupon-session", times=10, window_s=600)
OF_ADDRESS = Limit("coupon-address", times=40, window_s=600)


def add_coupon(
    business_id: uuid.UUID,
    session_id: uuid.UUID,
    code: str,
    *,
    counter: Counter,
    address: str | None,
    channel: str | None = None,
) -> None:
    """Use the code in the session, if it takes something off its cart now. One that is used already is fine. While the
    buyer has selected no payment method, the price is that of `channel`.

    Raises:
        NotFound: no such session. SessionClosed: it is over, or its order was placed. CouponRefused: the code is of no
            use. CouponsClosed: no code is. TooMany: too many codes that are none, from this session or this address.
    """
    limits = [(OF_SESSION, session_id.hex)] + ([(OF_ADDRESS, address)] if address else [])
    with guessing(counter, limits, code="too_many_codes", is_guess=_is_guess):
        _change(business_id, session_id, lambda session: _with(session, code, channel))


def remove_coupon(business_id: uuid.UUID, session_id: uuid.UUID, code: str) -> None:
    """Take the code out of the session; one that is not there is fine. Raises as `add_coupon` does."""
    _change(
        business_id,
        session_id,
        lambda session: [each for each in session.coupon_codes if normal(each) != normal(code)],
    )


def use_best(business_id: uuid.UUID, session_id: uuid.UUID, *, channel: str | None = None) -> None:
    """Use those that together take off most, of the entered codes, those offered to all and the buyer's own. Raises as
    `add_coupon` does."""
    _change(business_id, session_id, lambda session: _best(session, channel))


def _is_guess(error: AppError) -> bool:
    return error.details.get("reason") in ("unknown_code", "other_buyer")


def _change(business_id: uuid.UUID, session_id: uuid.UUID, codes: Callable[[CheckoutSession], Sequence[str]]) -> None:
    with db.phase("use_coupons.change", business_id):
        session = open_checkout.open_session(session_id)
        if session.order_id is not None:
            raise SessionClosed("already_ordered", "The order has already been placed; its coupons cannot change.")
        if not read_terms(session.terms).coupons_allowed:
            raise CouponsClosed("coupons_closed", "This checkout does not accept codes.")
        after = list(codes(session))
        if after != session.coupon_codes:
            changed = db.change(CheckoutSession, session_id, edits=session.edits + 1, coupon_codes=after)
            db.write(changed, expect=1)


def _with(session: CheckoutSession, code: str, channel: str | None) -> Sequence[str]:
    known: list[str] = session.coupon_codes
    if normal(code) in {normal(each) for each in known}:
        return known
    if len(known) >= MAX_COUPONS:
        raise refuse_code(code, "too_many", Translatable("You can combine at most %(most)s codes.", most=MAX_COUPONS))
    typed = [*known, code]
    quote = service.price_with_coupons(session.currency, _sale_items(session), _who(session, channel), typed)
    [made] = [each for each in offers.entered(typed, quote) if normal(each.code) == normal(code)]
    if made.reason is not None:
        raise refuse_code(made.code, made.reason, made.text or "")
    return [*known, made.code]


def _best(session: CheckoutSession, channel: str | None) -> Sequence[str]:
    who = _who(session, channel)
    found = offers.offered(
        session.currency, _sale_items(session), who, session.coupon_codes, knows_buyer=session.buyer_signed_in
    )
    return [coupon.code for coupon in found.choice.best]


def _who(session: CheckoutSession, channel: str | None) -> service.CartBuyer:
    return who_buys(buyer_of(session), channel=registry.channel_and_scene(session.channel or channel)[0])


def _sale_items(session: CheckoutSession) -> list[SaleItem]:
    items = read_items(session.items)
    rows = {row.id: row for row in db.rows(catalog.skus_with_products({item.sku_id for item in items}))}
    return offers.sale_items_of(items, rows, currency=session.currency)
