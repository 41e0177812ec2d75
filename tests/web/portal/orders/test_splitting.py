"""Parts of orders in the portal: chosen by an owner, shown with each order, refunded one by one."""

from __future__ import annotations

from collections.abc import Callable

from app.core.ids import show
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.read.orders.order_page import order_page
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import ProductCommand, SkuCommand
from app.workflow.orders import place_order
from tests.factories.sellers import make_seller
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_an_owner_chooses_and_a_part_is_refunded_from_the_orders_page(shop: Shop, owner: Visitor) -> None:
    seller = make_seller(shop.business_id, "Foundry")
    made = owner.get("/portal/products/new").form("/products/new").send(name="Font", seller=seller)
    assert f'<option selected value="{seller}">Foundry' in made.source
    product_id = manage_catalog.create_product(
        shop.business_id, ProductCommand(name="Type", seller="Foundry"), actor="t"
    )
    sku = SkuCommand(code="TYPE", name="", price_minor=2500, currency="USD")
    sku_id = manage_catalog.add_sku(shop.business_id, product_id, sku)
    manage_catalog.publish_product(shop.business_id, product_id, actor="t")

    chosen = owner.get("/portal/splitting").form("/splitting").send(split_by="seller")
    command = PlaceOrderCommand(items=[OrderItem(shop.sku_id, 1), OrderItem(sku_id, 2)], buyer=Buyer(reference="ann"))
    order_id = place_order.place_order(shop.business_id, command)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    order = owner.get(f"/portal/orders/{show('ord', order_id)}")
    foundry = show(
        "sub", next(part.id for part in order_page(shop.business_id, order_id).parts if part.title == "Foundry")
    )
    assert f"part={foundry}#refund" in order.source
    refunded = (
        owner.get(f"/portal/orders/{show('ord', order_id)}?part={foundry}")
        .form("/refund")
        .send()
        .form("/refund")
        .send()
    )
    shop.work_off()

    assert "Saved." in chosen.text
    assert "Foundry Delivered $50.00" in order.text
    assert "Other Delivered $10.00" in order.text
    assert "Foundry Refunded $50.00 $50.00 refunded" in refunded.text
    assert shop.order(order_id).refunded_minor == 5000
    shop.audit()


def test_only_owners_choose(shop: Shop, signed_in: Callable[..., Visitor]) -> None:
    page = signed_in(shop, "support").get("/portal/splitting")

    assert "Only owners can change this." in page.text
    assert "disabled" in page.source
