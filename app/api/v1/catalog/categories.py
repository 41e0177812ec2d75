"""Categories of products."""

from typing import Annotated

from pydantic import Field

from app.api.kit.pagination import Page
from app.api.kit.shapes import Answer, Shape, ShortText
from app.api.v1.api import KeyCaller, v1
from app.api.v1.catalog.products import CategoryCode, Product, product_of
from app.core.ids import parse, show
from app.read.catalog import categories
from app.workflow.catalog import manage_categories


class CategoryRequest(Shape):
    """A category to be made. Its code and its parent stay what they are."""

    code: CategoryCode
    name: ShortText
    parent_id: Annotated[
        str | None,
        Field(description="The parent category; absent at the top level.", examples=["cat_01jd3w8n2q4zt5b7yk2hc5e4rv"]),
    ] = None


class CategoryChange(Shape):
    """What a category shall be called."""

    name: ShortText


class CategoryChoice(Shape):
    """The categories a product shall be in, by code, and no others."""

    categories: Annotated[list[CategoryCode], Field(max_length=20)]


class Category(Answer):
    """A place in the tree that products are found by, and that promotions name by its code."""

    id: str
    code: str
    name: str
    parent_id: str | None
    depth: Annotated[int, Field(description="1 at the top level, at most 4.")]


@v1.get("/categories", answer=Page[Category], permission="products.read", tag="Products")
def list_categories(caller: KeyCaller) -> Page[Category]:
    """List categories.

    All of them (500 at most), each before those below it.
    """
    every = [_category(each.row) for each in categories.branches(caller.business_id)]
    return Page[Category](data=every, has_more=False, next_cursor=None)


@v1.post(
    "/categories",
    body=CategoryRequest,
    answer=Category,
    status=201,
    permission="products.write",
    tag="Products",
    errors=("not_found", "code_taken", "too_many_categories", "invalid_code", "invalid_name"),
)
def create_category(caller: KeyCaller, body: CategoryRequest) -> Category:
    """Make a category."""
    parent = parse("cat", body.parent_id) if body.parent_id else None
    made = manage_categories.create_category(caller.business_id, code=body.code, name=body.name, parent_id=parent)
    return _category(categories.branch(caller.business_id, made).row)


@v1.patch(
    "/categories/{category_id}",
    body=CategoryChange,
    answer=Category,
    permission="products.write",
    tag="Products",
    errors=("invalid_name",),
)
def rename_category(caller: KeyCaller, category_id: str, body: CategoryChange) -> Category:
    """Rename a category."""
    category = parse("cat", category_id)
    manage_categories.rename_category(caller.business_id, category, body.name)
    return _category(categories.branch(caller.business_id, category).row)


@v1.delete(
    "/categories/{category_id}",
    status=204,
    permission="products.write",
    tag="Products",
    errors=("category_not_empty",),
)
def remove_category(caller: KeyCaller, category_id: str) -> None:
    """Take a category away.

    Its products stay, in their other categories.
    """
    manage_categories.remove_category(caller.business_id, parse("cat", category_id))


@v1.post(
    "/products/{product_id}/categories",
    body=CategoryChoice,
    answer=Product,
    permission="products.write",
    tag="Products",
    errors=("unknown_category",),
)
def set_categories(caller: KeyCaller, product_id: str, body: CategoryChoice) -> Product:
    """Put a product into categories.

    It is in these and those above them, and in no others.
    """
    product = parse("prd", product_id)
    manage_categories.set_categories(caller.business_id, product, body.categories)
    return product_of(caller, product_id)


def _category(row: categories.CategoryRow) -> Category:
    parent_id = show("cat", row.parent_id) if row.parent_id else None
    return Category(id=show("cat", row.id), code=row.code, name=row.name, parent_id=parent_id, depth=row.depth)
