"""Codes in a checkout session: entered, taken out, chosen for the buyer, and guessed."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.core import settings
from app.core.errors import AppError, NotFound
from app.core.ids import new_id
from app.core.limits.ratelimit import Counter
from app.domain.marketing.kinds import FullReduction, Percentage, Step
from app.domain.marketing.models import CouponUse
from app.domain.marketing.types import MAX_COUPONS
from app.domain.orders.errors import CouponsClosed
from app.domain.orders.models import CheckoutSession
from app.domain.orders.types import Buyer, OrderItem, SessionTerms
from app.read.checkout import checkouts
from app.workflow.checkout import confirm_checkout, open_checkout, use_coupons
from tests.factories.coupons import active_template, make_template
from tests.factories.shop import Shop


class Cart:
    """A session of the shop and its codes."""

    def __init__(self, shop: Shop, **more: Any) -> None:
        self.shop, self.counter = shop, Counter(settings.current().redis_url)
        about: dict[str, Any] = {"items": [OrderItem(shop.sku_id, 1)], "buyer": Buyer(reference="buyer-1")}
        self.session_id = open_checkout.open_checkout(shop.business_id, **about | more).session_id

    def add(self, code: str, **more: Any) -> None:
        about = {"counter": self.counter, "address": None, **more}
        use_coupons.add_coupon(self.shop.business_id, self.session_id, code, **about)

    def refusal(self, code: str, **more: Any) -> tuple[str, str | None]:
        """The code and the reason that adding it is refused with."""
        with pytest.raises(AppError) as refused:
            self.add(code, **more)
        return refused.value.code, refused.value.details.get("reason")

    def remove(self, code: str) -> None:
        use_coupons.remove_coupon(self.shop.business_id, self.session_id, code)

    def best(self) -> None:
        use_coupons.use_best(self.shop.business_id, self.session_id)

    @property
    def kept(self) -> tuple[list[str], int]:
        """The codes, and how often the session was changed."""
        table = CheckoutSession.__table__
        row = self.shop.one(select(table).where(table.c.id == self.session_id))
        return row.coupon_codes, row.edits

    @property
    def total_minor(self) -> int:
        return int(checkouts.snapshot(self.shop.business_id, self.session_id)["total_minor"])


def test_a_code_counts_once_however_it_is_typed_and_holds_nothing_yet(shop: Shop) -> None:
    active_template(shop.business_id, shared_code="SUMMER-26")
    cart = Cart(shop)

    cart.add("summer 26")
    cart.add("SUMMER26")
    used, total = cart.kept, cart.total_minor
    cart.remove("Summer-26")
    cart.remove("SUMMER-26")

    assert (used, total) == ((["SUMMER-26"], 1), 900)
    assert (cart.kept, cart.total_minor) == (([], 2), 1000)
    assert shop.many(select(CouponUse.id)) == []


def test_a_code_that_takes_nothing_off_is_refused_with_its_reason(shop: Shop) -> None:
    cart = Cart(shop)
    make_template(shop.business_id, shared_code="DRAFT")
    large = FullReduction(steps=(Step(5000, 500),))
    active_template(shop.business_id, large, shared_code="LARGE", currency="USD")

    reasons = [cart.refusal(code) for code in ("NOTHING", "DRAFT", "LARGE")]

    assert {code for code, _ in reasons} == {"coupon_refused"}
    assert [reason for _, reason in reasons] == ["unknown_code", "unknown_code", "below_minimum"]
    assert cart.kept == ([], 0)


def test_only_so_many_codes_go_together(shop: Shop) -> None:
    cart = Cart(shop)
    codes = [f"CODE-{number}" for number in range(MAX_COUPONS + 1)]
    for code in codes:
        active_template(shop.business_id, Percentage(off_bps=100), shared_code=code)
    for code in codes[:-1]:
        cart.add(code)

    refused = cart.refusal(codes[-1])

    assert (refused, len(cart.kept[0])) == (("coupon_refused", "too_many"), MAX_COUPONS)


def test_the_best_of_those_offered_and_entered_are_chosen(shop: Shop) -> None:
    for code, off_bps in (("FIVE", 500), ("TWENTY", 2000)):
        active_template(shop.business_id, off_bps=off_bps, shared_code=code, listed=True, exclusive=True)
    active_template(shop.business_id, off_bps=3000, shared_code="SECRET", exclusive=True)
    cart = Cart(shop)

    cart.best()
    offered = cart.kept
    cart.best()
    again = cart.kept
    cart.remove("TWENTY")
    cart.add("SECRET")
    cart.best()

    assert (offered, again) == ((["TWENTY"], 1), (["TWENTY"], 1))
    assert cart.kept[0] == ["SECRET"]


def test_codes_cannot_change_where_none_are_taken_or_all_is_ordered(shop: Shop) -> None:
    active_template(shop.business_id, shared_code="SUMMER-26", listed=True)
    closed, ordered = Cart(shop, terms=SessionTerms(coupons_allowed=False)), Cart(shop)
    confirm_checkout.confirm_checkout(shop.business_id, ordered.session_id, channel="simulator", agreements=[])

    with pytest.raises(CouponsClosed):
        closed.best()
    with pytest.raises(CouponsClosed):
        closed.add("SUMMER-26")

    assert ordered.refusal("SUMMER-26") == ("already_ordered", None)
    with pytest.raises(NotFound):
        use_coupons.remove_coupon(shop.business_id, new_id(), "SUMMER-26")


def test_who_guesses_too_often_is_stopped_in_the_session_and_at_the_address(shop: Shop) -> None:
    active_template(shop.business_id, shared_code="SUMMER-26")
    cart, other, address = Cart(shop), Cart(shop), f"address of {uuid.uuid4()}"
    for _ in range(use_coupons.OF_SESSION.times):
        cart.add("SUMMER-26", address=address)  # right ones do not count
        assert cart.refusal("NOTHING", address=address) == ("coupon_refused", "unknown_code")

    assert cart.refusal("SUMMER-26") == ("too_many_codes", None)
    assert other.refusal("NOTHING", address=address) == ("coupon_refused", "unknown_code")
    for _ in range(use_coupons.OF_ADDRESS.times - use_coupons.OF_SESSION.times - 1):
        other.counter.hit(use_coupons.OF_ADDRESS, address)
    assert other.refusal("SUMMER-26", address=address) == ("too_many_codes", None)
    other.add("SUMMER-26", address=f"another {address}")
