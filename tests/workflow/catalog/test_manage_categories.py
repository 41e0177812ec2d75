"""Categories: a tree of so many levels, and products in some of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.domain.catalog.categories import MAX_DEPTH
from app.domain.catalog.models import Category, ProductCategory
from app.workflow.catalog import manage_categories
from tests.factories.shop import Shop


def test_a_tree_is_as_deep_as_it_may_be_and_no_deeper(shop: Shop) -> None:
    parent = None
    for level in range(MAX_DEPTH):
        parent = _create(shop, f"level{level}", parent_id=parent)

    with pytest.raises(Conflict):
        _create(shop, "deeper", parent_id=parent)

    assert _codes(shop) == [f"level{level}" for level in range(MAX_DEPTH)]


def test_what_cannot_be_a_category_is_refused(shop: Shop, new_shop: Callable[..., Shop]) -> None:
    for code, name in (("", "x"), ("Books", "x"), ("-books", "x"), ("b" * 61, "x"), ("books", " "), ("b", "x" * 121)):
        with pytest.raises(Invalid):
            _create(shop, code, name=name)
    for parent_id in (new_id(), _create(new_shop(), "theirs")):
        with pytest.raises(NotFound):
            _create(shop, "books", parent_id=parent_id)

    assert _codes(shop) == []


def test_of_many_with_one_code_at_once_one_is_made(shop: Shop) -> None:
    def create(_: int) -> bool:
        try:
            _create(shop, "books")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(create, range(4)))

    assert (sorted(made), _codes(shop)) == ([False, False, False, True], ["books"])


def test_a_category_with_others_below_it_stays_and_an_empty_one_goes(shop: Shop) -> None:
    books = _create(shop, "books")
    novels = _create(shop, "novels", parent_id=books)
    manage_categories.set_categories(shop.business_id, shop.product_id, ["novels"])

    with pytest.raises(Conflict):
        manage_categories.remove_category(shop.business_id, books)
    manage_categories.remove_category(shop.business_id, novels)
    manage_categories.rename_category(shop.business_id, books, "All books")
    manage_categories.remove_category(shop.business_id, books)

    assert _codes(shop) == []
    for change in (manage_categories.remove_category, lambda *of: manage_categories.rename_category(*of, "x")):
        with pytest.raises(NotFound):
            change(shop.business_id, books)


def test_a_product_is_in_the_categories_that_are_named_or_stays_where_it_was(shop: Shop) -> None:
    books = _create(shop, "books")
    manage_categories.set_categories(shop.business_id, shop.product_id, ["books"])

    with pytest.raises(Invalid):
        manage_categories.set_categories(shop.business_id, shop.product_id, ["books", "unknown"])
    with pytest.raises(NotFound):
        manage_categories.set_categories(shop.business_id, new_id(), ["books"])

    found = shop.many(select(ProductCategory.__table__))
    assert {(row.product_id, row.category_id) for row in found} == {(shop.product_id, books)}


def _create(shop: Shop, code: str, *, name: str = "A name", parent_id: uuid.UUID | None = None) -> uuid.UUID:
    return manage_categories.create_category(shop.business_id, code=code, name=name, parent_id=parent_id)


def _codes(shop: Shop) -> list[str]:
    return [row.code for row in shop.many(select(Category.__table__).order_by(Category.id))]
