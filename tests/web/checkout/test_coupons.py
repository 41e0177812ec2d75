"""Coupons on the hosted page, without scripts."""

from __future__ import annotations

from tests.factories.coupons import active_template
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
    assert "There is no such code." in visit.html


def test_who_pays_with_a_code_still_in_the_field_sees_the_new_price_first(visit: Visit) -> None:
    active_template(visit.shop.business_id, shared_code="SUMMER-26")
    visit.look()

    response = visit.send("pay", coupon_code="SUMMER-26")

    assert (response.status_code, visit.status) == (422, "ready")
    assert "Pay $9.00" in visit.html
    visit.send("pay")
    assert visit.status == "requires_action"
