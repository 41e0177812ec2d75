"""Stock in the portal, and what one unit gives."""

from __future__ import annotations

import pytest

from app.core.ids import show
from app.workflow.catalog import manage_stock
from tests.factories.merchant import sell
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_stock_is_changed_with_a_reason_and_marked_when_few_are_left(shop: Shop, owner: Visitor) -> None:
    page = owner.get("/portal/stock").follow("ONE")

    page = page.form("/adjust").send(how="to", quantity="12", reason="Counted")
    page = page.form("/rules").send(restock="never", low_stock="10")
    enough = owner.get("/portal/stock?low=1")
    shop.place(2)

    assert "Counted" in page.text
    assert "unlimited" in page.text
    assert "No low stock" in enough.text
    few = owner.get("/portal").follow("View")
    assert "Low stock" in few.text
    assert "ONE" in few.text


def test_what_cannot_be_is_refused_on_its_field(shop: Shop, owner: Visitor) -> None:
    manage_stock.adjust_stock(shop.business_id, shop.sku_id, to=3, reason="x", actor="test")
    page = owner.get("/portal/stock").follow("ONE")

    for quantity in ("-4", "", "many"):
        refused = page.form("/adjust").send(how="change", quantity=quantity, reason="Lost")
        assert refused.status == 422
        assert refused.document.all("input", name="quantity")[0].get("aria-invalid") == "true"


def test_the_same_form_sent_twice_changes_stock_once(shop: Shop, owner: Visitor) -> None:
    manage_stock.adjust_stock(shop.business_id, shop.sku_id, to=3, reason="x", actor="test")
    form = owner.get("/portal/stock").follow("ONE").form("/adjust")

    for _ in range(2):
        page = form.send(how="change", quantity="1", reason="Found one")

    assert page.text.count("Found one") == 1


@pytest.mark.parametrize(
    ("kind", "typed", "shown"),
    [
        ("entitlement", {"level": "Gold", "rank": "2", "upgrade": "convert"}, "at level Gold (rank 2)"),
        ("points", {"points": "1500", "when_spent": "debt"}, "1,500 points"),
    ],
)
def test_a_sku_says_what_a_unit_gives(shop: Shop, owner: Visitor, kind: str, typed: dict[str, str], shown: str) -> None:
    sell(shop, kind)
    sku = owner.get(f"/portal/products/{show('prd', shop.product_id)}").follow("One")

    page = sku.follow("Change deliverable").form(show("sku", shop.sku_id)).send(**typed)

    assert shown in page.text


def test_wallet_money_is_in_the_skus_currency(shop: Shop, owner: Visitor) -> None:
    shop.keep_wallets()
    sell(shop, "credit")
    sku = owner.get(f"/portal/products/{show('prd', shop.product_id)}").follow("One")
    form = sku.follow("Change deliverable").form(show("sku", shop.sku_id))

    refused, page = form.send(credit="1.234"), form.send(credit="12.50")

    assert refused.status == 422
    assert "$12.50" in page.text
