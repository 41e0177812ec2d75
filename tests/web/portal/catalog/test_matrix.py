"""Options of a product and the SKUs they make."""

from __future__ import annotations

from app.core.ids import show
from app.domain.catalog.types import Option
from app.workflow.catalog import manage_options
from app.workflow.catalog.manage_catalog import SkuCommand
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_options_are_named_and_their_skus_made_and_changed(shop: Shop, owner: Visitor) -> None:
    page = owner.get(f"/portal/products/{show('prd', shop.product_id)}").follow("Options and SKUs")
    named = page.form("/matrix/options").send(name_1="Term", values_1="1 month, 1 year")
    filled = named.form("/matrix/fill").send(code="M", price="90.00", stock="5")

    changed = filled.form("/matrix").send(**{f"price_{show('sku', shop.sku_id)}": "12.50"})
    at_once = changed.form("/matrix/set").send(which="0.1", price="80.00", active="no")

    assert "1 combination has no SKU" in named.text
    assert "1 SKU created." in filled.text
    values = {each.get("name"): each.get("value") for each in at_once.document.all("input")}
    assert values[f"price_{show('sku', shop.sku_id)}"] == "12.50"
    assert "80.00" in values.values()
    shop.audit()


def test_a_cell_that_cannot_be_is_refused_and_nothing_is_changed(shop: Shop, owner: Visitor) -> None:
    manage_options.set_options(shop.business_id, shop.product_id, [Option("Term", ("1 month", "1 year"))])
    like = SkuCommand(code="M", name="", price_minor=500, currency="USD")
    manage_options.fill_matrix(shop.business_id, shop.product_id, like)
    page = owner.get(f"/portal/products/{show('prd', shop.product_id)}/matrix")
    key = show("sku", shop.sku_id)

    wrong_price = page.form("/matrix").send(**{f"price_{key}": "x"})
    response = page.form("/matrix").send(**{f"code_{key}": "M-1-YEAR"})
    bad_options = page.form("/matrix/options").send(values_1="")

    assert (wrong_price.status, response.status, bad_options.status) == (422, 409, 422)
    assert "1 month:" in response.text
    assert "Another SKU already uses this code" in response.text
    assert "needs 1 to 50 values" in bad_options.text
