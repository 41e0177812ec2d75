"""The tree of categories, and what is in it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound
from app.domain.catalog import categories
from app.domain.catalog.models import Category, ProductCategory

CategoryRow = Category  # for those who show one
_categories, _in = db.table(Category), db.table(ProductCategory)


@dataclass(frozen=True)
class Branch:
    """A category with the code of the one above it."""

    row: Category
    parent_code: str | None


class ChosenCategory(db.JoinedRow):
    """A category that was chosen for a product."""

    product_id: uuid.UUID
    code: str
    name: str


def branches(business_id: uuid.UUID) -> list[Branch]:
    """All categories, each before those below it."""
    with db.reading(business_id):
        rows = categories.tree().rows
    codes = {row.id: row.code for row in rows}
    return [Branch(row, codes.get(row.parent_id)) for row in rows]


def branch(business_id: uuid.UUID, category_id: uuid.UUID) -> Branch:
    """One category.

    Raises:
        NotFound: the business has no such category.
    """
    found = next((each for each in branches(business_id) if each.row.id == category_id), None)
    if found is None:
        raise NotFound("not_found", "There is no such category.")
    return found


def id_of(business_id: uuid.UUID, code: str) -> uuid.UUID | None:
    """The id behind a code, or None."""
    with db.reading(business_id):
        query = select(_categories.c.id).where(_categories.c.business_id == business_id, _categories.c.code == code)
        found: uuid.UUID | None = db.scalar(query)
    return found


def chosen_for(business_id: uuid.UUID, product_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[ChosenCategory]]:
    """The categories that were chosen for each of these products, by code."""
    found: dict[uuid.UUID, list[ChosenCategory]] = defaultdict(list)
    if product_ids:
        here = (_categories.c.business_id == _in.c.business_id) & (_categories.c.id == _in.c.category_id)
        query = (
            select(_in.c.product_id, _categories.c.code, _categories.c.name)
            .select_from(_in.join(_categories, here))
            .where(_in.c.business_id == business_id, _in.c.product_id.in_(product_ids), _in.c.chosen.is_(True))
            .order_by(_in.c.product_id, _categories.c.code)
            .limit(categories.MAX_OF_PRODUCT * len(product_ids))
        )
        with db.reading(business_id):
            for row in db.rows(db.select_as(ChosenCategory, query)):
                found[row.product_id].append(row)
    return found
