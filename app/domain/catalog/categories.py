"""The tree of categories, and which products are in it, inside an open phase."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from app.core import db
from app.core.db import bulk
from app.core.ids import new_id
from app.domain.catalog.models import Category, ProductCategory

MAX_CATEGORIES = 500  # of one business: a page shows them all
MAX_DEPTH = 4
MAX_OF_PRODUCT = 20
_categories, _in = db.table(Category), db.table(ProductCategory)


@dataclass(frozen=True)
class Tree:
    """All categories of a business, each before those below it."""

    rows: tuple[Any, ...]

    @property
    def by_code(self) -> Mapping[str, Any]:
        """The rows by their code."""
        return {row.code: row for row in self.rows}

    def upwards(self, category_id: uuid.UUID) -> Iterable[uuid.UUID]:
        """The category and all above it."""
        parents = {row.id: row.parent_id for row in self.rows}
        at: uuid.UUID | None = category_id
        while at is not None:
            yield at
            at = parents[at]


def tree() -> Tree:
    """The tree of the open transaction's business, by name."""
    found = db.rows(
        select(_categories)
        .where(_categories.c.business_id == db.here())
        .order_by(_categories.c.depth, _categories.c.name, _categories.c.id)
        .limit(MAX_CATEGORIES)
    )
    below: dict[Any, list[Any]] = {}
    for row in found:
        below.setdefault(row.parent_id, []).append(row)

    def walk(parent: Any) -> Iterable[Any]:
        for row in below.get(parent, ()):
            yield row
            yield from walk(row.id)

    return Tree(tuple(walk(None)))


def assign(
    whole: Tree, chosen: Mapping[uuid.UUID, Collection[uuid.UUID]], created: Mapping[uuid.UUID, datetime]
) -> None:
    """Put each product into exactly the categories that were chosen for it, and those above them. `created` says when
    the products were made."""
    if not chosen:
        return
    db.run(delete(ProductCategory).where(_in.c.business_id == db.here(), _in.c.product_id.in_(list(chosen))))
    rows = [
        bulk.row(
            ProductCategory,
            id=new_id(),
            product_id=product_id,
            category_id=category_id,
            chosen=category_id in own,
            product_created_at=created[product_id],
        )
        for product_id, own in chosen.items()
        for category_id in sorted({each for category_id in own for each in whole.upwards(category_id)})
    ]
    bulk.insert(ProductCategory, rows)
