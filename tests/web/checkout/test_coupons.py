"""Coupons on the hosted page, without scripts."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from app.domain.marketing.kinds import Percentage
from app.domain.orders.types import Buyer, OrderItem
from app.workflow.checkout.open_checkout import open_checkout
from tests.factories.coupons import active_template
from tests.factories.shop import Shop
from tests.web.checkout.test_checkout import Visit, new_visit, visit

__all__ = ["new_visit", "visit"]


def test_a_code_is_typed_used_and_taken_out(visit: Visit) -> None:
    assert "Coupon code" not in visit.html
    active_template(visit.shop.business_id, shared_code="SUMMER-26")
    visit.look()

    visit.send("coupon", coupon_code="summer26")
    used = visit.html
    visit.send("coupon", remove_coupon="SUMMER-26")

    assert "<code>SUMMER-26</code>" in used
    assert "Pay $9.00" in used
    assert "<code>" not in visit.html
    assert "Pay $10.00" in visit.html


def test_a_code_that_is_none_is_refused_beside_its_field(visit: Visit) -> None:
    active_template(visit.shop.business_id, shared_code="SUMMER-26")
    visit.look()

    response = visit.send("coupon", coupon_code="winter")

    assert response.status_code == 409
    assert 'aria-invalid="true"' in visit.html
    assert 'value="winter"' in visit.html
    assert "This code does not exist." in visit.html


def test_who_pays_with_a_code_still_in_the_field_sees_the_new_price_first(visit: Visit) -> None:
    active_template(visit.shop.business_id, shared_code="SUMMER-26")
    visit.look()

    response = visit.send("pay", coupon_code="SUMMER-26")

    assert (response.status_code, visit.status) == (422, "ready")
    assert "Pay $9.00" in visit.html
    visit.send("pay")
    assert visit.status == "requires_action"


def test_what_a_code_made_free_has_it_taken_out_and_no_field_for_another(visit: Visit) -> None:
    active_template(visit.shop.business_id, Percentage(off_bps=10_000), shared_code="GIFT-26")
    visit.look()

    visit.send("coupon", coupon_code="GIFT-26")
    free = visit.html
    visit.send("coupon", remove_coupon="GIFT-26")

    assert "Get it for free" in free
    assert "<code>GIFT-26</code>" in free
    assert 'name="coupon_code"' not in free
    assert 'name="coupon_code"' in visit.html


def test_what_costs_nothing_needs_no_code(app: Flask, new_shop: Callable[..., Shop]) -> None:
    shop = new_shop(price_minor=0)
    active_template(shop.business_id, shared_code="SUMMER-26")
    opened = open_checkout(shop.business_id, items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="buyer-1"))
    visit = Visit(app.test_client(), shop, opened)

    visit.enter()

    assert "Get it for free" in visit.html
    assert "Coupon code" not in visit.html
