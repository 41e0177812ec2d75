"""Options of a product, the SKUs they make, and what an order keeps of them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import AppError
from app.domain.catalog.models import Sku
from app.domain.catalog.types import Option
from app.domain.orders.models import OrderLine
from app.workflow.catalog import manage_catalog, manage_options
from app.workflow.catalog.manage_catalog import SkuCommand
from app.workflow.catalog.manage_options import CellChange
from tests.factories.shop import Shop

TERM, SEATS = Option("Term", ("1 month", "1 year")), Option("Seats", ("One", "Team"))
LIKE = SkuCommand(code="M", name="", price_minor=500, currency="USD", stock=7)


def _skus(shop: Shop) -> dict[str, Any]:
    rows = shop.many(select(Sku.__table__).where(Sku.product_id == shop.product_id).order_by(Sku.id))
    return {row.code: row for row in rows}


def test_options_make_the_skus_that_are_missing(shop: Shop) -> None:
    assert manage_options.set_options(shop.business_id, shop.product_id, [TERM, SEATS]) == 0
    assert manage_options.fill_matrix(shop.business_id, shop.product_id, LIKE) == 3
    assert manage_options.fill_matrix(shop.business_id, shop.product_id, LIKE) == 0

    found = _skus(shop)

    assert {code: (sku.name, sku.specification, sku.stock) for code, sku in found.items()} == {
        "ONE": ("1 month", {"Term": "1 month", "Seats": "One"}, None),
        "M-1-MONTH-TEAM": ("1 month / Team", {"Term": "1 month", "Seats": "Team"}, 7),
        "M-1-YEAR-ONE": ("1 year / One", {"Term": "1 year", "Seats": "One"}, 7),
        "M-1-YEAR-TEAM": ("1 year / Team", {"Term": "1 year", "Seats": "Team"}, 7),
    }


def test_an_order_keeps_the_specification_it_was_placed_with(shop: Shop) -> None:
    manage_options.set_options(shop.business_id, shop.product_id, [TERM])

    order_id = shop.place()

    line = shop.one(select(OrderLine.__table__).where(OrderLine.order_id == order_id))
    assert line.specification["options"] == {"Term": "1 month"}


def test_a_sku_without_a_place_is_not_sold_any_more_and_comes_back_with_its_value(shop: Shop) -> None:
    manage_options.set_options(shop.business_id, shop.product_id, [TERM])
    manage_options.fill_matrix(shop.business_id, shop.product_id, LIKE)

    retired = manage_options.set_options(shop.business_id, shop.product_id, [Option("Term", ("1 month",))])

    assert retired == 1
    assert not _skus(shop)["M-1-YEAR"].active
    manage_options.set_options(shop.business_id, shop.product_id, [TERM])
    assert manage_options.fill_matrix(shop.business_id, shop.product_id, LIKE) == 0


def test_a_product_on_sale_is_never_left_with_nothing_to_sell(shop: Shop) -> None:
    manage_options.set_options(shop.business_id, shop.product_id, [TERM])

    with pytest.raises(AppError, match="No SKU on sale"):
        manage_options.set_options(shop.business_id, shop.product_id, [Option("Term", ("2 years",))])


def test_many_skus_change_together_or_not_at_all(shop: Shop) -> None:
    manage_options.set_options(shop.business_id, shop.product_id, [TERM])
    manage_options.fill_matrix(shop.business_id, shop.product_id, LIKE)
    month, year = _skus(shop)["ONE"], _skus(shop)["M-1-YEAR"]
    changes = {
        month.id: CellChange(price_minor=900, stock=3),
        year.id: CellChange(price_minor=9000, counts_stock=False, active=False),
    }

    manage_options.change_matrix(shop.business_id, shop.product_id, changes, actor="test")
    wrong = {month.id: CellChange(price_minor=1), year.id: CellChange(code="ONE")}
    with pytest.raises(AppError) as refused:
        manage_options.change_matrix(shop.business_id, shop.product_id, wrong, actor="test")

    found = _skus(shop)
    assert refused.value.code == "code_taken"
    assert {code: (sku.price_minor, sku.stock, sku.active) for code, sku in found.items()} == {
        "ONE": (900, 3, True), "M-1-YEAR": (9000, None, False),
    }  # fmt: skip


@pytest.mark.parametrize(
    "specification", [{}, {"Term": "2 years"}, {"Seats": "One"}, {"Term": "1 month", "Seats": "One"}]
)
def test_a_sku_that_does_not_fit_the_options_is_refused(shop: Shop, specification: dict[str, str]) -> None:
    manage_options.set_options(shop.business_id, shop.product_id, [TERM])
    command = SkuCommand(code="X", name="X", price_minor=1, currency="USD", specification=specification)

    with pytest.raises(AppError) as refused:
        manage_catalog.add_sku(shop.business_id, shop.product_id, command)

    assert refused.value.code == "invalid_specification"


def test_each_combination_is_sold_once(shop: Shop) -> None:
    manage_options.set_options(shop.business_id, shop.product_id, [TERM])
    command = SkuCommand(code="X", name="X", price_minor=1, currency="USD", specification={"Term": "1 month"})

    with pytest.raises(AppError, match="is already 1 month"):
        manage_catalog.add_sku(shop.business_id, shop.product_id, command)
