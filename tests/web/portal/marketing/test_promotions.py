"""Promotions in the portal: made, tried on a cart, switched on, seen on the order."""

from __future__ import annotations

import pytest

from app.core.ids import show
from app.domain.orders.types import Buyer
from app.web.portal.marketing.promotions.forms import KINDS
from app.workflow.marketing import issue_coupons
from tests.factories.coupons import active_template, make_template
from tests.factories.shop import Shop
from tests.pages import Page, Visitor

# What each kind's form needs besides its name, and what it then says of itself.
MADE = {
    "percentage": (
        {"percent": "12.5", "cap": "5", "channels": "simulator"},
        "12.5% off, up to $5.00, on everything. When paid with Pretend Pay.",
    ),
    "full_reduction": ({"over": "20", "off": "3", "repeated": "y"}, "Over $20.00, $3.00 off, repeatedly"),
    "ladder": ({"from_two": "10", "percent_two": "20"}, "10% off from 3 items; 20% off from 10 items"),
    "nth_item": ({}, "50% off the cheapest of every 2 items"),
    "buy_get": ({}, "Buy 2, get 1 free"),
    "bundle": ({"price": "8", "products": "own"}, "A bundle of 1 item for $8.00."),
    "member_price": ({"groups": "members, staff"}, "10% off each item, on everything. For members, staff only."),
    "first_purchase": ({"max_uses": "50"}, "10% off the first purchase, on everything. 50 orders in total."),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_form_and_says_what_it_does(shop: Shop, owner: Visitor, kind: str) -> None:
    values, words = MADE[kind]
    own = {name: show("prd", shop.product_id) if value == "own" else value for name, value in values.items()}

    made = owner.get(f"/portal/promotions/new/{kind}").form(f"/new/{kind}").send(name="Sale", **own)

    assert words in made.text
    assert "Draft" in made.document.all("h1")[0].text


def test_a_promotion_is_tried_switched_on_and_seen_on_the_order(shop: Shop, owner: Visitor) -> None:
    draft = _new(owner, "full_reduction", over="20", off="3")
    tried = _try(owner, shop, quantity="2")
    before = shop.place(2)

    draft.form("/move").send(to="active")

    after = shop.place(2)
    assert "over $20.00, $3.00 off" in tried.text
    assert tried.document.all("section", id="tested")[0].all("strong")[0].text == "$17.00"
    assert [shop.order(each).total_minor for each in (before, after)] == [2000, 1700]
    page = owner.get(f"/portal/orders/{show('ord', after)}")
    assert "−$3.00" in page.text
    assert "$3.00" in owner.get(draft.path).text
    assert "Sale" not in _try(owner, shop, quantity="1").document.all("ol")[0].text


def test_a_promotion_for_a_way_to_pay_is_tried_with_each(shop: Shop, owner: Visitor) -> None:
    shop.take_transfers()
    _new(owner, "percentage", percent="50", channels="offline")

    tried = [_try(owner, shop, quantity="1", channel=name) for name in ("", "simulator", "offline")]

    prices = [each.document.all("section", id="tested")[0].all("strong")[0].text for each in tried]
    assert prices == ["$10.00", "$10.00", "$5.00"]
    assert "It applies to payments by Bank transfer only." in tried[0].text
    assert tried[2].form("/tester").values()["channel"] == "offline"


def test_coupons_are_tried_by_code_or_the_best_of_a_buyers_own(shop: Shop, owner: Visitor) -> None:
    make_template(shop.business_id, shared_code="FALL-26")  # a draft, as promotions may be
    for off_bps in (500, 2000):
        active_template(shop.business_id, off_bps=off_bps, exclusive=True, shared_code=f"OFF-{off_bps}", listed=True)
    own = active_template(shop.business_id, off_bps=3000, currency="USD", minimum_minor=5000)
    issue_coupons.issue_coupon(shop.business_id, own, buyer=Buyer(reference="ann"), actor="test")

    typed = _try(owner, shop, quantity="1", codes="fall26, nothing")
    live = _try(owner, shop, quantity="1", codes="fall26", drafts="0")
    best = _try(owner, shop, quantity="1", buyer="ann")

    assert _price(typed) == "$9.00"
    assert "Coupon: 10% off $10.00" in typed.text
    assert "This code does not exist." in typed.text
    assert (_price(live), "This code does not exist." in live.text) == ("$10.00", True)
    assert (_price(best), "Other discounts save more." in best.text, "Add $40.00 more." in best.text) == (
        "$8.00",
        True,
        True,
    )


def test_what_cannot_be_is_refused(owner: Visitor) -> None:
    form = owner.get("/portal/promotions/new/full_reduction").form("/new/full_reduction")

    too_much, no_amount = form.send(name="x", over="1", off="2"), form.send(name="x", over="one", off="2")

    assert (too_much.status, "cannot exceed its threshold" in too_much.text) == (422, True)
    assert no_amount.document.all("input", name="over")[0].get("aria-invalid") == "true"
    assert owner.get("/portal/promotions/new/lottery").status == 404
    assert owner.get("/portal/promotions/tester?sku1=sku_x&pieces1=1").status == 200


def _new(owner: Visitor, kind: str, **values: str) -> Page:
    chooser = owner.get("/portal/promotions").follow("New promotion")
    link = next(link for link in chooser.links if link.endswith(kind))
    return owner.get(link).form(f"/new/{kind}").send(name="Sale", **values)


def _price(page: Page) -> str:
    return str(page.document.all("section", id="tested")[0].all("strong")[0].text)


def _try(owner: Visitor, shop: Shop, *, quantity: str, **more: str) -> Page:
    query = {"sku1": show("sku", shop.sku_id), "quantity1": quantity, **more}
    return owner.get("/portal/promotions/tester", query=query)
