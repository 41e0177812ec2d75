"""What a SKU costs: now, later, and before."""

from __future__ import annotations

from app.core.ids import show
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_prices_are_set_shown_and_ended(shop: Shop, owner: Visitor) -> None:
    path = f"/portal/products/{show('prd', shop.product_id)}/skus/{show('sku', shop.sku_id)}"
    page = owner.get(path).follow("Prices")

    page.form("/prices").send(price="1500", currency="JPY")
    tier = owner.get(f"{path}/prices").form("/prices").send(price="8.00", from_quantity="10")
    ended = tier.form("/end").send()
    refused = ended.form("/prices").send(price="5", ends_at="2020-01-01T00:00")

    assert "¥1,500" in tier.text
    assert "$8.00" in tier.text
    assert "Price ended." in ended.text
    assert refused.status == 422
    assert "ends after it begins" in refused.text


def test_a_new_base_price_leaves_the_old_one_in_the_history(shop: Shop, owner: Visitor) -> None:
    path = f"/portal/products/{show('prd', shop.product_id)}/skus/{show('sku', shop.sku_id)}/prices"

    page = owner.get(path).form("/prices").send(price="12.00")

    assert "$12.00" in page.text
    assert "Base price" in page.text
    assert "$10.00" in page.text
