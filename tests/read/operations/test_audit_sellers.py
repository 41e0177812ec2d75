"""The audit finds what is wrong with sellers: each law is broken on purpose, in a database that forgets it again."""

from __future__ import annotations

import uuid

import pytest

from app.domain.orders.types import Buyer, OrderItem, PlaceOrderCommand
from app.read.operations import audit
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import ProductCommand, SkuCommand
from app.workflow.marketing import manage_promotions
from app.workflow.orders.place_order import place_order
from tests.factories.business import make_promotion
from tests.factories.sellers import make_seller
from tests.factories.shop import Shop
from tests.read.conftest import Undone, as_owner

DAMAGE: dict[str, tuple[str, str, set[str]]] = {
    "an archived seller whose product is sold": (
        "sellers",
        "UPDATE sellers SET status = 'archived', version = 2 WHERE business_id = :business",
        {"I200", "I20-sel"},
    ),
    "a seller that has no history": (
        "sellers",
        "UPDATE sellers SET version = 7 WHERE business_id = :business",
        {"I20-sel"},
    ),
    "money for what somebody else sold": (
        "order_lines",
        "UPDATE order_lines SET seller_id = NULL, seller_name = NULL WHERE business_id = :business",
        {"I203"},
    ),
    "a line that says more was given than was": (
        "order_lines",
        "UPDATE order_lines SET discounts = jsonb_set(discounts, '{0,discount_minor}', '1') WHERE business_id ="
        " :business AND discounts IS NOT NULL",
        {"I201", "I202"},
    ),
    "a line with a discount of nothing": (
        "order_lines",
        'UPDATE order_lines SET discounts = \'[{"source": "unknown", "discount_minor": 3}]\''
        " WHERE business_id = :business",
        {"I201"},
    ),
}


@pytest.fixture
def sold(undone: Undone, shop: Shop) -> uuid.UUID:
    """The id of a business that sold something for somebody."""
    manage_promotions.transition_promotion(shop.business_id, make_promotion(shop.business_id), "active", actor="test")
    command = ProductCommand(name="Type", seller=make_seller(shop.business_id, "Foundry"))
    product_id = manage_catalog.create_product(shop.business_id, command, actor="test")
    sku = SkuCommand(code="TYPE", name="", price_minor=900, currency="USD")
    sku_id = manage_catalog.add_sku(shop.business_id, product_id, sku)
    manage_catalog.publish_product(shop.business_id, product_id, actor="test")
    order_id = place_order(
        shop.business_id, PlaceOrderCommand(items=[OrderItem(sku_id, 1)], buyer=Buyer(reference="ann"))
    )
    shop.approve(shop.pay(order_id))
    assert undone.connection.in_transaction()
    return shop.business_id


@pytest.mark.early
def test_each_broken_law_of_sellers_is_reported_and_no_other(undone: Undone, sold: uuid.UUID) -> None:
    assert _reported(sold) == set()

    wrong = {}
    for name, (table, statement, expected) in DAMAGE.items():
        with undone.trial() as connection:
            as_owner(connection, table, statement, {"business": sold})
            found = _reported(sold)
        if found != expected:
            wrong[name] = found

    assert wrong == {}


def _reported(business_id: uuid.UUID) -> set[str]:
    return {
        finding.id
        for finding in audit.run()
        for row in finding.rows
        if row.get("business_id", business_id) == business_id
    }
