"""Options, and prices beside the base price, in files of products."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.core import clock
from app.core.ids import show
from app.read.catalog import imports
from app.read.catalog.products import ProductCard
from app.workflow.catalog.manage_prices import PriceCommand, set_price
from tests.factories.products import products_of
from tests.factories.shop import Shop
from tests.workflow.catalog.test_import_products import apply, counts, exported, send

pytestmark = pytest.mark.usefixtures("small_steps")

SHIRTS = """product,sku,options,price,currency,prices,status
Shirt,S-R,Size: S; Colour: Red,10,USD,EUR 9.50; USD 10+ 8; EUR 10+ 7.25,on_sale
Shirt,S-B,size: S; colour: Blue,10,USD,,on_sale
Shirt,M-R,Colour: red; Size: M,11,USD,JPY 1500,on_sale
Mug,MUG,,5,USD,,draft
"""


def test_a_file_makes_a_product_with_its_options_and_prices(shop: Shop) -> None:
    run = apply(shop, SHIRTS)

    shirt = _product(shop, "Shirt")
    skus = {sku.code: (sku.name, sku.specification) for sku in shirt.skus}
    assert counts(run) == ("done", 4, 0, 0, 0, 4)
    assert shirt.row.options == [
        {"name": "Size", "values": ["S", "M"]},
        {"name": "Colour", "values": ["Red", "Blue"]},
    ]
    assert skus == {
        "S-R": ("S / Red", {"Size": "S", "Colour": "Red"}),
        "S-B": ("S / Blue", {"Size": "S", "Colour": "Blue"}),
        "M-R": ("M / Red", {"Size": "M", "Colour": "Red"}),
    }
    assert _prices(shirt, "S-R") == {("USD", 10, 800), ("EUR", 1, 950), ("EUR", 10, 725)}
    assert shop.order(shop.place(10, sku_id=_sku(shirt, "S-R").id)).total_minor == 8000


def test_what_is_written_out_is_read_in_and_changes_nothing(shop: Shop) -> None:
    apply(shop, SHIRTS)
    file = exported(shop)

    again = send(shop, file)

    assert "S-R,S / Red,Size: S; Colour: Red,10.00,USD,EUR 9.50; EUR 10+ 7.25; USD 10+ 8.00," in file.decode(
        "utf-8-sig"
    )
    assert (again.status, again.to_create, again.to_change, again.refused) == ("ready", 0, 0, 0)


def test_a_cell_of_prices_replaces_those_that_have_no_end_and_no_others(shop: Shop) -> None:
    apply(shop, SHIRTS)
    sku = _sku(_product(shop, "Shirt"), "S-R")
    sale = PriceCommand(currency="EUR", unit_minor=100, ends_at=clock.now() + timedelta(days=1))
    set_price(shop.business_id, sku.id, sale, actor="test")

    run = apply(shop, "sku,prices\nS-R,EUR 9.50; GBP 8\nMUG,EUR 5\n")
    emptied = apply(shop, "sku,prices\nMUG,\n")

    assert counts(run) == ("done", 0, 2, 0, 0, 2)
    assert counts(emptied) == ("done", 0, 1, 0, 0, 1)
    assert _prices(_product(shop, "Shirt"), "S-R") == {("EUR", 1, 950), ("EUR", 1, 100), ("GBP", 1, 800)}
    assert _prices(_product(shop, "Mug"), "MUG") == set()


def test_a_later_file_adds_values_to_a_product_with_options(shop: Shop) -> None:
    apply(shop, SHIRTS)
    key = show("prd", _product(shop, "Shirt").row.id)

    run = apply(shop, f"product_id,sku,options,price,currency\n{key},L-G,Size: L; Colour: Green,12,USD\n")

    assert counts(run) == ("done", 1, 0, 0, 0, 1)
    assert [option["values"] for option in _product(shop, "Shirt").row.options] == [
        ["S", "M", "L"],
        ["Red", "Blue", "Green"],
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Shirt,X,Size: S; Colour: Red,1,USD,", "options: another SKU of the product has these values"),
        ("Shirt,X,Size: S,1,USD,", "options: name one value of each option: Size, Colour"),
        ("Shirt,X,,1,USD,", "options: name one value of each option: Size, Colour"),
        ("Shirt,X,Size S,1,USD,", "options: options such as “Size: M; Colour: Red”"),
        ("New,X,Size: S; size: M,1,USD,", "options: an option stands there twice"),
        (f"New,X,Size: {'x' * 61},1,USD,", "options: Option names and values must have 1 to 60 characters."),
        ("New,X,,1,USD,USD 2", "prices: the price of one unit in USD stands in the column price"),
        ("New,X,,1,USD,EUR 2; EUR 3", "prices: two prices for the same currency and quantity"),
        ("New,X,,1,USD,EUR two", "prices: prices such as “EUR 11.50; EUR 10+ 9.00”"),
        ("New,X,,1,USD,XXQ 2", "prices: no currency XXQ"),
        ("New,X,,1,USD,JPY 2.5", "prices: Write an amount with at most 0 decimals, such as 12."),
        ("New,X,,1,USD,EUR 0+ 2", "prices: quantities from 1 to 10,000"),
    ],
)
def test_a_cell_that_cannot_be_is_refused_with_its_reason(shop: Shop, line: str, problem: str) -> None:
    head = "product,sku,options,price,currency,prices\n"

    run = apply(shop, f"{head}Shirt,S-R,Size: S; Colour: Red,10,USD,\n{line}\n")

    [refused] = imports.import_rows(shop.business_id, run.id, kind="refused")
    assert [f"{column}: {why}" for column, why in refused.errors.items()] == [problem]


def test_values_of_a_sku_stay_and_a_product_without_options_gets_none(shop: Shop) -> None:
    apply(shop, SHIRTS)
    key = show("prd", _product(shop, "Mug").row.id)

    run = send(shop, f"product_id,product,sku,options,price,currency\n,Shirt,S-R,Size: M; Colour: Blue,10,USD\n"
                     f"{key},Mug,MUG-2,Size: S,5,USD\n")  # fmt: skip

    assert {row.subject: row.errors for row in imports.import_rows(shop.business_id, run.id, kind="refused")} == {
        "S-R": {"options": "set the values of a SKU on the product page"},
        "MUG-2": {"options": "the product has no options; set them on its page"},
    }


def _product(shop: Shop, name: str) -> ProductCard:
    return next(card for card in products_of(shop.business_id) if card.row.name == name)


def _sku(card: ProductCard, code: str) -> Any:
    return next(sku for sku in card.skus if sku.code == code)


def _prices(card: ProductCard, code: str) -> set[tuple[str, int, int]]:
    return {(currency, quantity, minor) for currency, quantity, minor, _ in _sku(card, code).prices or ()}
