"""What a SKU costs: now, later, and before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.core import clock as clocks
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
    assert "must end after it starts" in refused.text


def test_a_new_base_price_leaves_the_old_one_in_the_history(shop: Shop, owner: Visitor) -> None:
    path = f"/portal/products/{show('prd', shop.product_id)}/skus/{show('sku', shop.sku_id)}/prices"

    page = owner.get(path).form("/prices").send(price="12.00")

    assert "$12.00" in page.text
    assert "Base price" in page.text
    assert "$10.00" in page.text


def test_lists_show_what_holds_now(shop: Shop, owner: Visitor, clock: Any) -> None:
    product = f"/portal/products/{show('prd', shop.product_id)}"
    path = f"{product}/skus/{show('sku', shop.sku_id)}/prices"
    sale = {"price": "6.00", "starts_at": "2099-01-01T00:00", "ends_at": "2099-01-02T00:00"}
    for price in ({"price": "9.00", "from_quantity": "3"}, sale, {"price": "1100", "currency": "JPY"}):
        assert owner.get(path).form("/prices").send(**price).status == 200

    before = owner.get("/portal/products").text
    clock.move((datetime(2099, 1, 1, 12, tzinfo=UTC) - clocks.now()).total_seconds())
    owner.log_in_again()
    during = owner.get("/portal/products").text

    for text in ("$10.00", "¥1,100", "less from 3 units", "until"):
        assert text in before
    assert ("$6.00" in during, "less from" in during) == (True, False)
