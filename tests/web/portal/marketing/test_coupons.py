"""Coupons in the portal: made, issued, exported, looked up and revoked, seen on the order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core.ids import show
from app.domain.marketing.models import Coupon, CouponTemplate
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.lib.csv_text import harmless
from app.web.portal.marketing.promotions.forms import KINDS
from app.workflow.orders.place_order import place_order
from tests.factories.coupons import active_template
from tests.factories.shop import Shop
from tests.pages import Page, Visitor


def test_a_shared_code_is_made_read_switched_on_and_seen_on_the_order(shop: Shop, owner: Visitor) -> None:
    draft = _new(owner, "percentage", percent="20", shared_code="Summer-26", refund_rule="return", max_uses="5")
    words = draft.text

    draft.form("/move").send(to="active")
    command = PlaceOrderCommand(
        items=[OrderItem(shop.sku_id, 1)], buyer=Buyer(reference="ann"), coupon_codes=["summer26"]
    )
    order_id = place_order(shop.business_id, command)

    assert "20% off, on everything. 5 orders in total. Shared code: SUMMER-26." in words
    page = owner.get(f"/portal/orders/{show('ord', order_id)}")
    assert ("SUMMER-26" in page.text, "−$2.00" in page.text, "Reserved" in page.text) == (True, True, True)
    assert "of 5" in owner.get(draft.path).text
    assert "SUMMER-26" in owner.get("/portal/coupons", query={"status": "active"}).text


def test_codes_are_issued_made_in_a_batch_exported_and_revoked(shop: Shop, owner: Visitor) -> None:
    template_id = active_template(shop.business_id)
    path = f"/portal/coupons/{show('cpt', template_id)}"

    issued = owner.get(path).form("/issue").send(buyer="ann", email="ann@example.com")
    owner.get(path).form("/batches").send(count="3", note="Fair")
    lines = owner.get(path).form("/export").download().splitlines()
    response = issued.form("/revoke").send()

    assert ("ann" in issued.text, "Issued" in issued.text) == (True, True)
    assert (lines[0], len(lines), lines[1].endswith(",Coupon,issued,")) == ("code,template,status,expires_at", 4, True)
    assert "It can no longer be used." in response.text
    [row] = shop.many(select(Coupon.__table__).where(Coupon.buyer_reference == "ann"))
    assert row.status == "revoked"
    assert owner.get("/portal/coupons/codes", query={"buyer": "nobody"}).text.count("No results") == 1


def test_codes_are_narrowed_and_hide_buyers_from_those_who_may_not_read_them(
    shop: Shop, owner: Visitor, signed_in: Callable[..., Visitor]
) -> None:
    template_id = active_template(shop.business_id)
    owner.get(f"/portal/coupons/{show('cpt', template_id)}").form("/issue").send(buyer="ann@example.com")
    path = f"/portal/coupons/codes?view=issued&template={show('cpt', template_id)}&buyer=ann%40example.com"

    mine, file = owner.get(path), owner.get(path).form("/export").download()
    theirs = signed_in(shop, "viewer").get("/portal/coupons/codes?status=issued")

    assert "ann@example.com" in mine.text
    assert "ann@example.com" in file
    assert "a•••@e•••" in theirs.text
    assert "ann@" not in theirs.source
    assert "No results" in owner.get("/portal/coupons/codes?template=nonsense").text


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_form(owner: Visitor, kind: str) -> None:
    assert owner.get(f"/portal/coupons/new/{kind}").has_form(f"/new/{kind}")


def test_what_cannot_be_is_refused_where_it_was_typed(shop: Shop, owner: Visitor) -> None:
    form = owner.get("/portal/coupons/new/percentage").form("/new/percentage")

    short, both = form.send(name="x", shared_code="A"), form.send(name="x", shared_code="ABCDE", valid_days="3")

    assert (short.status, short.document.all("input", name="shared_code")[0].get("aria-invalid")) == (422, "true")
    assert (both.status, both.document.all("input", name="valid_days")[0].get("aria-invalid")) == (422, "true")
    assert shop.many(select(CouponTemplate.id)) == []


def test_no_cell_of_an_export_is_a_formula() -> None:
    cells = ["=1+1", "+1", "-1", "@x", "\tx", "  =1", "1-1", "Fair", ""]

    assert [cell for cell in cells if harmless(cell) == cell] == ["1-1", "Fair", ""]


def _new(owner: Visitor, kind: str, **values: str) -> Page:
    chooser = owner.get("/portal/coupons").follow("New coupon")
    link = next(link for link in chooser.links if link.endswith(kind))
    return owner.get(link).form(f"/new/{kind}").send(name="Summer", **values)
