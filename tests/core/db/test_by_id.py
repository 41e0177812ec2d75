from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.core import db
from app.core.errors import NotFound
from app.core.ids import new_id
from app.domain.catalog.models import Category, Sku
from tests.factories.business import make_business


@pytest.fixture
def business(app: Flask) -> uuid.UUID:
    assert app
    return make_business()


def test_a_row_is_got_and_locked_by_its_id(business: uuid.UUID) -> None:
    made = _category(business)

    with db.phase("test.by_id", business):
        assert (db.get(Category, made).code, db.lock(Category, made).code) == ("games", "games")


@pytest.mark.parametrize("find", [db.get, db.lock])
def test_a_row_that_is_not_there_is_called_by_its_noun(find: Callable[..., Any], business: uuid.UUID) -> None:
    with (
        db.phase("test.by_id", business),
        pytest.raises(NotFound, match=r"not_found: There is no such SKU\."),
    ):
        find(Sku, new_id())


def test_another_business_has_no_such_row(business: uuid.UUID) -> None:
    made = _category(business)

    with db.phase("test.by_id", make_business()), pytest.raises(NotFound, match="There is no such category"):
        db.lock(Category, made)


def test_a_row_that_fails_a_condition_is_not_there(business: uuid.UUID) -> None:
    made = _category(business)

    with db.phase("test.by_id", business), pytest.raises(NotFound):
        db.get(Category, made, Category.depth > 1)


def _category(business: uuid.UUID) -> uuid.UUID:
    made = new_id()
    with db.phase("test.category", business):
        db.add(Category, id=made, depth=1, code="games", name="Games")
    return made
