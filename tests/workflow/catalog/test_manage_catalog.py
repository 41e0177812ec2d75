"""Products and SKUs: what can be made and changed, and what can be put on sale."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.states import IllegalTransition
from app.domain.catalog.models import Product, Sku, StockChange
from app.domain.payments.errors import NoChannel
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import MAX_ATTRIBUTES, ProductCommand, SkuCommand
from tests.factories.shop import Shop

BOOK = ProductCommand(name="Book", max_per_order=5)
FIRST = SkuCommand(code="BOOK-1", name="Paperback", price_minor=1500, currency="USD", stock=9)


def test_a_product_is_drafted_sold_taken_off_and_archived(shop: Shop) -> None:
    product_id = _create(shop, BOOK)
    with pytest.raises(Conflict) as empty:
        _move(shop, "publish", product_id)
    manage_catalog.add_sku(shop.business_id, product_id, FIRST)

    passed = [_product(shop, product_id).status]
    for move in ("publish", "unpublish", "publish"):
        _move(shop, move, product_id)
        passed.append(_product(shop, product_id).status)
    with pytest.raises(IllegalTransition):
        _move(shop, "archive", product_id)
    _move(shop, "unpublish", product_id)
    _move(shop, "archive", product_id)
    _move(shop, "archive", product_id)  # a second time
    for move in ("publish", "unpublish"):
        with pytest.raises(IllegalTransition):
            _move(shop, move, product_id)

    assert (empty.value.code, passed) == ("nothing_to_sell", ["draft", "on_sale", "off_sale", "on_sale"])
    assert _product(shop, product_id).status == "archived"


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        ("callback", Conflict, "no_delivery_url"),
        ("download", Conflict, "no_files"),
        ("credit", NoChannel, "channel_unavailable"),
    ],
)
def test_nothing_goes_on_sale_that_nobody_can_deliver(shop: Shop, kind: str, error: type[Any], code: str) -> None:
    product_id = _create(shop, replace(BOOK, delivery_kind=kind))
    manage_catalog.add_sku(shop.business_id, product_id, replace(FIRST, stock=None))

    with pytest.raises(error) as refused:
        _move(shop, "publish", product_id)

    assert (refused.value.code, _product(shop, product_id).status) == (code, "draft")


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"max_per_order": 0}, "max_per_order"),
        ({"max_per_buyer": 10_001}, "max_per_buyer"),
        ({"min_per_order": 6}, "min_per_order"),
        ({"max_per_period": 1}, "period_days"),
        ({"period_days": 7}, "period_days"),
        ({"attributes": (("Pages", ""),)}, "attributes"),
        ({"attributes": (("Pages", "9"),) * (MAX_ATTRIBUTES + 1)}, "attributes"),
    ],
)
def test_limits_and_attributes_that_cannot_be_change_nothing(shop: Shop, wrong: dict[str, Any], param: str) -> None:
    product_id = _create(shop, BOOK)

    with pytest.raises(Invalid) as refused:
        manage_catalog.change_product(shop.business_id, product_id, replace(BOOK, name="Novel", **wrong))
    with pytest.raises(Invalid):
        _create(shop, replace(BOOK, **wrong))

    assert (refused.value.details["param"], _product(shop, product_id).name) == (param, "Book")


def test_a_change_keeps_the_kind_of_delivery_and_needs_a_product(shop: Shop) -> None:
    product_id = _create(shop, BOOK)
    changed = ProductCommand(name="Novel", delivery_kind="points", attributes=(("Pages", "320"),))

    manage_catalog.change_product(shop.business_id, product_id, changed)

    kept = _product(shop, product_id)
    assert (kept.name, kept.delivery_kind) == ("Novel", "entitlement")
    assert kept.attributes == [{"name": "Pages", "value": "320"}]
    with pytest.raises(NotFound):
        manage_catalog.change_product(shop.business_id, new_id(), changed)
    with pytest.raises(Invalid, match="delivery kind"):
        _create(shop, replace(BOOK, delivery_kind="parcel"))


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"price_minor": -1}, "price_minor"),
        ({"stock": -1}, "stock"),
        ({"delivery_days": 0}, "delivery_days"),
        ({"specification": {"Size": "L"}}, "specification"),
    ],
)
def test_a_sku_out_of_range_is_neither_added_nor_changed(shop: Shop, wrong: dict[str, Any], param: str) -> None:
    product_id = _create(shop, BOOK)
    sku_id = manage_catalog.add_sku(shop.business_id, product_id, FIRST)

    for change in (
        lambda: manage_catalog.add_sku(shop.business_id, product_id, replace(FIRST, code="BOOK-2", **wrong)),
        lambda: _change(shop, product_id, sku_id, replace(FIRST, name="Hardcover", **wrong)),
    ):
        with pytest.raises(Invalid) as refused:
            change()
        assert refused.value.details["param"] == param

    assert [row.name for row in _skus(shop, product_id)] == ["Paperback"]


def test_an_edit_counts_the_stock_and_leaves_open_orders_their_units_and_their_price(shop: Shop) -> None:
    product_id = _create(shop, BOOK)
    sku_id = manage_catalog.add_sku(shop.business_id, product_id, FIRST)
    _move(shop, "publish", product_id)
    order_id = shop.place(3, sku_id=sku_id)

    for stock in (2, None):
        with pytest.raises(Conflict) as refused:
            _change(shop, product_id, sku_id, replace(FIRST, stock=stock))
        assert refused.value.code == "stock_reserved"
    _change(shop, product_id, sku_id, replace(FIRST, stock=3, price_minor=1800))

    [sku] = _skus(shop, product_id)
    assert (sku.stock, sku.reserved, sku.price_minor) == (3, 3, 1800)
    assert shop.order(order_id).total_minor == 4500
    changes = shop.many(select(StockChange.before, StockChange.after).where(StockChange.kind == "edited"))
    assert changes == [(9, 3)]


def test_of_many_skus_with_one_code_at_once_one_is_made(shop: Shop) -> None:
    product_id = _create(shop, BOOK)

    def add(_: int) -> str:
        try:
            manage_catalog.add_sku(shop.business_id, product_id, FIRST)
        except Conflict as refused:
            return refused.code
        return "made"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(add, range(4)))
    other = manage_catalog.add_sku(shop.business_id, product_id, replace(FIRST, code="BOOK-2"))
    with pytest.raises(Conflict) as taken:
        _change(shop, product_id, other, FIRST)

    assert outcomes == ["code_taken", "code_taken", "code_taken", "made"]
    assert (taken.value.code, [row.code for row in _skus(shop, product_id)]) == ("code_taken", ["BOOK-1", "BOOK-2"])
    with pytest.raises(NotFound):
        _change(shop, shop.product_id, other, replace(FIRST, code="BOOK-3"))


def _create(shop: Shop, command: ProductCommand) -> uuid.UUID:
    return manage_catalog.create_product(shop.business_id, command, actor="test")


def _move(shop: Shop, move: str, product_id: uuid.UUID) -> None:
    moves = {
        "publish": manage_catalog.publish_product,
        "unpublish": manage_catalog.unpublish_product,
        "archive": manage_catalog.archive_product,
    }
    moves[move](shop.business_id, product_id, actor="test")


def _change(shop: Shop, product_id: uuid.UUID, sku_id: uuid.UUID, command: SkuCommand) -> None:
    manage_catalog.change_sku(shop.business_id, product_id, sku_id, command, actor="test")


def _product(shop: Shop, product_id: uuid.UUID) -> Any:
    return shop.one(select(Product.__table__).where(Product.id == product_id))


def _skus(shop: Shop, product_id: uuid.UUID) -> list[Any]:
    return list(shop.many(select(Sku.__table__).where(Sku.product_id == product_id).order_by(Sku.code)))
