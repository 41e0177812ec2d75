"""Buttons and links, and the origins of pages, in the portal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core.ids import show
from app.domain.orders.models import CheckoutConfiguration
from app.domain.orders.types import read_items, read_terms
from app.read.checkout.sessions_resource import allowed_origins
from app.workflow.accounts.manage_keys import create_key
from tests.factories.configurations import make_configuration
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_a_button_is_made_changed_and_put_away(shop: Shop, owner: Visitor) -> None:
    key = create_key(shop.business_id, name="page", kind="publishable").secret
    form = owner.get("/portal/configurations").follow("New button or link").form("/new")
    sku = show("sku", shop.sku_id)

    more = form.send(name="Membership", sku_1=sku, quantity_1="2", do="more").form("/new")
    nothing = more.send(name="Membership", sku_1="", quantity_1="2", sku_2="")
    nowhere = more.send(return_url="https://[x")
    made = more.send(quantity_changeable=None, return_url="https://shop.example/thanks")
    row = shop.one(select(CheckoutConfiguration.__table__))
    own = f"/portal/configurations/{show('cfg', row.id)}"
    changed = made.form(own).send(name="Two months", coupons_allowed=None)
    off = changed.form("/switch").send(to="off")
    archived = owner.get(own).form("/switch").send(to="archived")

    assert (more.values()["sku_1"], more.values()["rows"]) == (sku, "2")
    assert (nothing.status, "at least one product" in nothing.text) == (422, True)
    assert (nowhere.status, "Enter a full URL" in nowhere.text) == (422, True)
    assert "Membership" in made.heading
    assert key in made.source
    assert f"/b/{show('cfg', row.id)}" in made.text
    assert [(item.sku_id, item.quantity) for item in read_items(row.items)] == [(shop.sku_id, 2)]
    assert not read_terms(row.terms).quantity_changeable
    after = shop.one(select(CheckoutConfiguration.__table__))
    assert (after.name, read_terms(after.terms).coupons_allowed, after.return_url) == (
        "Two months",
        False,
        "https://shop.example/thanks",
    )
    assert "Off" in off.text
    assert "Restore" in archived.text
    assert owner.get("/portal/configurations").links.count(own) == 0
    assert own in owner.get("/portal/configurations?show=archived").links


def test_who_only_reads_sees_the_code_and_changes_nothing(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    own = f"/portal/configurations/{show('cfg', make_configuration(shop))}"

    page = signed_in(shop, "viewer").get(own)

    assert "Code for your page" in page.text
    assert not page.has_form("/switch")
    assert not page.has_form(own)


def test_an_origin_is_allowed_as_browsers_write_it_and_taken_away(shop: Shop, owner: Visitor) -> None:
    added = owner.get("/portal/origins").form("/origins").send(origin="HTTPS://Shop.Example:443/cart?x=1")
    again = owner.get("/portal/origins").form("/origins").send(origin="https://shop.example")
    refused = owner.get("/portal/origins").form("/origins").send(origin="http://shop.example")
    stored = allowed_origins(shop.business_id)
    removed = owner.get("/portal/origins").form("/origins/remove").send()

    assert "https://shop.example" in added.text
    assert (again.status, stored.named) == (200, {"https://shop.example"})
    assert (refused.status, "localhost alone" in refused.text) == (422, True)
    assert "No allowed origins yet" in removed.text
    assert allowed_origins(shop.business_id).named == frozenset()


def test_a_page_that_was_refused_links_to_the_form_with_its_origin(owner: Visitor) -> None:
    page = owner.get("/portal/origins?origin=https://shop.example")

    assert page.form("/origins").values()["origin"] == "https://shop.example"
    assert "localhost, 127.0.0.1 and [::1]" in page.text


@pytest.mark.parametrize("address", ["/portal/configurations", "/portal/configurations/new", "/portal/origins"])
def test_pages_stand_empty_too(owner: Visitor, address: str) -> None:
    assert owner.get(address).status == 200
