"""Categories: made, named, taken away, and which products are in them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection

from sqlalchemy import delete, exists, select

from app.core import db
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.domain.catalog import categories
from app.domain.catalog.categories import MAX_CATEGORIES, MAX_DEPTH, MAX_OF_PRODUCT
from app.domain.catalog.models import Category, Product, ProductCategory

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_categories, _in = db.table(Category), db.table(ProductCategory)


def create_category(business_id: uuid.UUID, *, code: str, name: str, parent_id: uuid.UUID | None = None) -> uuid.UUID:
    """Create a category, at the top or below another one. Its code and its parent never change.

    Raises:
        Invalid: code or name cannot be. NotFound: no such parent. Conflict: the code is taken, the tree is too deep or
            too large.
    """
    if not CODE.fullmatch(code):
        raise Invalid("invalid_code", "Use only lowercase letters, digits, - and _.", details={"param": "code"})
    _check(name)
    category_id = new_id()
    with db.phase("manage_categories.create_category", business_id):
        parent = db.lock(Category, parent_id) if parent_id is not None else None
        depth = parent.depth + 1 if parent is not None else 1
        if depth > MAX_DEPTH or len(categories.tree().rows) >= MAX_CATEGORIES:
            raise Conflict(
                "too_many_categories", f"You can have at most {MAX_CATEGORIES} categories on {MAX_DEPTH} levels."
            )
        added = db.new_row(Category, id=category_id, parent_id=parent_id, depth=depth, code=code, name=name)
        taken = Conflict("code_taken", "Another category already uses this code.", details={"param": "code"})
        db.write(added.on_conflict_do_nothing(), expect=1, otherwise=taken)
    return category_id


def rename_category(business_id: uuid.UUID, category_id: uuid.UUID, name: str) -> None:
    """Rename a category.

    Raises:
        NotFound: no such category. Invalid: the name cannot be.
    """
    _check(name)
    with db.phase("manage_categories.rename_category", business_id):
        db.lock(Category, category_id)
        db.write(db.change(Category, category_id, name=name), expect=1)


def remove_category(business_id: uuid.UUID, category_id: uuid.UUID) -> None:
    """Remove a category; its products stay in their other categories. Promotions that name it then match nothing there.

    Raises:
        NotFound: no such category. Conflict: there are categories below it.
    """
    with db.phase("manage_categories.remove_category", business_id):
        db.lock(Category, category_id)
        below = exists().where(_categories.c.business_id == business_id, _categories.c.parent_id == category_id)
        if db.scalar(select(below)):
            raise Conflict("category_not_empty", "Remove its subcategories first.")
        db.run(delete(ProductCategory).where(_in.c.business_id == business_id, _in.c.category_id == category_id))
        db.run(delete(Category).where(_categories.c.business_id == business_id, _categories.c.id == category_id))


def set_categories(business_id: uuid.UUID, product_id: uuid.UUID, codes: Collection[str]) -> None:
    """Put the product into these categories (by code) and no others.

    Raises:
        NotFound: no such product. Invalid: no such category, or too many.
    """
    with db.phase("manage_categories.set_categories", business_id):
        product = db.lock(Product, product_id)
        whole = categories.tree()
        chosen = {_known(whole, code) for code in codes}
        if len(chosen) > MAX_OF_PRODUCT:
            raise Invalid("unknown_category", f"A product can be in at most {MAX_OF_PRODUCT} categories.")
        categories.assign(whole, {product_id: chosen}, {product_id: product.created_at})


def _known(whole: categories.Tree, code: str) -> uuid.UUID:
    row = whole.by_code.get(code)
    if row is None:
        raise Invalid("unknown_category", f"There is no category {code[:60]}.", details={"param": "categories"})
    return uuid.UUID(str(row.id))


def _check(name: str) -> None:
    if not name.strip() or len(name) > 120:
        raise Invalid("invalid_name", "A name must have 1 to 120 characters.", details={"param": "name"})
