"""Sellers in the portal: made, changed, archived, chosen on a product, and followed to their orders."""

from __future__ import annotations

from collections.abc import Callable

from app.core.ids import parse, show
from app.workflow.catalog.manage_catalog import ProductCommand, SkuCommand, add_sku, create_product, publish_product
from app.workflow.catalog.manage_sellers import SellerCommand, change_seller
from tests.factories.sellers import make_seller
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_a_seller_is_made_changed_archived_and_used_again(owner: Visitor) -> None:
    wrong = owner.get("/portal/sellers/new").form("/sellers/new").send(name="Foundry", email="nobody")
    made = wrong.form("/sellers/new").send(email="a@foundry.example", reference="f-1")
    changed = made.form(made.path).send(name="Type Works")
    archived = changed.form("/archive").send()
    restored = archived.form("/restore").send()

    assert "Enter an email address." in wrong.text
    assert made.heading == "Foundry Active"
    assert (changed.heading, "f-1" in changed.text) == ("Type Works Active", True)
    assert "No product can be theirs." in archived.text
    assert "Active again." in restored.text
    assert "Type Works" in owner.get("/portal/sellers?q=type w").text


def test_a_double_click_makes_one_seller(owner: Visitor) -> None:
    form = owner.get("/portal/sellers/new").form("/sellers/new")
    first, second = form.send(name="Foundry"), form.send(name="Foundry")

    assert first.path == second.path


def test_a_product_chooses_a_seller_whose_order_says_so(shop: Shop, owner: Visitor) -> None:
    seller = make_seller(shop.business_id, "Foundry")
    product_id = create_product(shop.business_id, ProductCommand(name="Type"), actor="test")
    sku = SkuCommand(code="TYPE", name="One", price_minor=900, currency="USD")
    shop.sku_id = add_sku(shop.business_id, product_id, sku)
    publish_product(shop.business_id, product_id, actor="test")
    path = f"/portal/products/{show('prd', product_id)}"

    saved = owner.get(path).form(path).send(seller=seller)
    order_id = shop.paid_order()
    change_seller(shop.business_id, parse("sel", seller), SellerCommand(name="Works"))
    order = owner.get(f"/portal/orders/{show('ord', order_id)}")
    page = owner.get(f"/portal/sellers/{seller}")
    refused = page.form("/archive").send()

    assert f'<option selected value="{seller}">Foundry' in saved.source
    assert "Sold by Foundry" in order.text
    assert "Products 1, on sale: 1" in page.text
    assert shop.order(order_id).number in page.follow("Orders").text
    assert "Archive this seller’s products" in refused.text


def test_readers_see_sellers_and_change_none(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    seller = make_seller(shop.business_id, "Foundry")

    page = signed_in(shop, "viewer").get(f"/portal/sellers/{seller}")

    assert page.heading == "Foundry Active"
    assert "/archive" not in page.source
