"""Orders that fall into parts, each delivered and refunded on its own."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Invalid, NotFound
from app.domain.orders.models import SubOrder
from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.domain.payments.errors import NotRefundable
from app.read.orders.order_lines import Part
from app.read.orders.order_page import order_page
from app.workflow.catalog import manage_catalog, manage_categories
from app.workflow.catalog.manage_catalog import ProductCommand, SkuCommand
from app.workflow.fulfilment import deliver_line
from app.workflow.fulfilment.manage_delivery import set_callback
from app.workflow.orders import choose_split, place_order
from app.workflow.payments import refund_order
from tests.factories.sellers import make_seller
from tests.factories.shop import Shop


@pytest.fixture
def skus(shop: Shop) -> list[uuid.UUID]:
    """SKUs for 10.00, 20.00, 30.00 and 0.00: of sellers a, b, a and none; the third through the merchant's system."""
    shop.sku_id = uuid.uuid4()
    made = []
    whose = {name: make_seller(shop.business_id, name) if name else "" for name in ("a", "b", "")}
    for number, (seller, kind) in enumerate(
        [("a", "entitlement"), ("b", "entitlement"), ("a", "callback"), ("", "entitlement")], start=1
    ):
        command = ProductCommand(name=f"P{number}", delivery_kind=kind, seller=whose[seller])
        product_id = manage_catalog.create_product(shop.business_id, command, actor="test")
        price = 1000 * number if number < 4 else 0
        sku = SkuCommand(code=f"S{number}", name="", price_minor=price, currency="USD")
        made.append(manage_catalog.add_sku(shop.business_id, product_id, sku))
        if kind == "callback":
            set_callback(shop.business_id, product_id, "http://127.0.0.1:9/")
        if number < 3:
            code = f"c{number}"
            above = manage_categories.create_category(shop.business_id, code=code, name=code, parent_id=None)
            manage_categories.create_category(shop.business_id, code=f"a{number}", name="below", parent_id=above)
            manage_categories.set_categories(shop.business_id, product_id, [f"a{number}"])
        manage_catalog.publish_product(shop.business_id, product_id, actor="test")
    return made


def bought(shop: Shop, skus: list[uuid.UUID]) -> uuid.UUID:
    """An order of one unit each, paid; what can be delivered at once is."""
    command = PlaceOrderCommand(items=[OrderItem(sku_id, 1) for sku_id in skus], buyer=Buyer(reference="ann"))
    order_id = place_order.place_order(shop.business_id, command)
    attempt_id = shop.pay(order_id)
    shop.approve(attempt_id)
    shop.notice(attempt_id)
    shop.work_off()
    return order_id


def parts(shop: Shop, order_id: uuid.UUID) -> dict[str, tuple[int, int, str]]:
    found = order_page(shop.business_id, order_id).parts
    return {_named(part): (part.amount_minor, part.refunded_minor, part.status) for part in found}


def _named(part: Part) -> str:
    return part.title if part.split_by == "seller" and part.value != "other" else part.value


@pytest.mark.parametrize(
    ("split_by", "amounts"),
    [
        ("delivery_kind", {"entitlement": 3000, "callback": 3000}),
        ("seller", {"a": 4000, "b": 2000, "other": 0}),
        ("category", {"c1": 1000, "c2": 2000, "other": 3000}),
        ("whole", {"all": 6000}),
    ],
)
def test_parts_sum_to_the_order_and_lines_keep_their_places(
    shop: Shop, skus: list[uuid.UUID], split_by: str, amounts: dict[str, int]
) -> None:
    choose_split.choose_split(shop.business_id, split_by)

    order_id = bought(shop, skus)

    parts_1 = shop.many(select(SubOrder.split_by, SubOrder.split_value, SubOrder.amount_minor))
    assert {value: minor for value, (minor, *_) in parts(shop, order_id).items()} == amounts
    assert {row.split_by for row in parts_1} == {split_by}
    assert {line.title: line.seller_name for line in order_page(shop.business_id, order_id).lines} == {
        "P1": "a",
        "P2": "b",
        "P3": "a",
        "P4": None,
    }
    assert [line.sku_id for line in order_page(shop.business_id, order_id).lines] == skus
    shop.audit()


def test_each_part_is_delivered_and_refunded_on_its_own(shop: Shop, skus: list[uuid.UUID]) -> None:
    choose_split.choose_split(shop.business_id, "seller")
    order_id = bought(shop, skus)
    assert parts(shop, order_id) == {
        "a": (4000, 0, "pending"),
        "b": (2000, 0, "delivered"),
        "other": (0, 0, "delivered"),
    }

    by_value = {_named(part): part.id for part in order_page(shop.business_id, order_id).parts}
    refund(shop, order_id, by_value["a"])

    assert parts(shop, order_id)["a"] == (4000, 4000, "refunded")
    assert parts(shop, order_id)["b"] == (2000, 0, "delivered")
    assert (shop.order(order_id).status, shop.order(order_id).refunded_minor) == ("fulfilled", 4000)
    for part_id in (by_value["a"], by_value["other"]):
        with pytest.raises(NotRefundable):
            refund(shop, order_id, part_id)
    refund(shop, order_id, by_value["b"])
    assert shop.order(order_id).status == "refunded"
    shop.audit()


def test_a_part_is_of_its_own_order_and_a_way_is_one_of_those_there_are(shop: Shop, skus: list[uuid.UUID]) -> None:
    first, second = bought(shop, skus[:1]), bought(shop, skus[:2])
    [part] = order_page(shop.business_id, first).parts

    with pytest.raises(NotFound):
        refund(shop, second, part.id)
    with pytest.raises(Invalid, match="unknown_split"):
        choose_split.choose_split(shop.business_id, "colour")
    shop.audit()


def refund(shop: Shop, order_id: uuid.UUID, part_id: uuid.UUID) -> Any:
    refund_order.refund_order(
        shop.business_id, order_id, amount_minor=None, part_id=part_id, reason="asked", actor="test"
    )
    shop.work_off()
    for delivery in order_page(shop.business_id, order_id).deliveries:
        if delivery.status in ("pending", "revoking"):
            deliver_line.try_again(shop.business_id, delivery.id, force=True)
