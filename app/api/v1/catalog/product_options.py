"""Options of a product, and the SKUs they make."""

from typing import Annotated

from pydantic import Field

from app.api.kit.shapes import Currency, Shape, SkuId
from app.api.v1.api import KeyCaller, v1
from app.api.v1.catalog.products import (
    DeliveryDays,
    PriceMinor,
    Product,
    ProductOption,
    SkuCode,
    Stock,
    product_answer,
)
from app.core.ids import parse
from app.domain.catalog.types import Option
from app.read.catalog import products_resource as products
from app.workflow.catalog import manage_options
from app.workflow.catalog.manage_catalog import SkuCommand
from app.workflow.catalog.manage_options import CellChange


class OptionsRequest(Shape):
    """All options of a product; none takes them away."""

    options: Annotated[list[ProductOption], Field(max_length=5)]


class MatrixRequest(Shape):
    """What SKUs that are missing shall be."""

    code: Annotated[SkuCode, Field(description="Prefix of the codes, followed by the values.")]
    price_minor: PriceMinor
    currency: Currency
    delivery_days: DeliveryDays = 30
    stock: Stock | None = None
    active: bool = True


class MatrixCell(Shape):
    """What a SKU shall be from now on; members that are absent stay as they are."""

    id: SkuId
    code: SkuCode | None = None
    price_minor: PriceMinor | None = None
    stock: Annotated[Stock | None, Field(description="Null makes it unlimited.")] = None
    active: bool | None = None


class MatrixChange(Shape):
    """Changes of several SKUs of a product."""

    skus: Annotated[list[MatrixCell], Field(min_length=1, max_length=100)]


@v1.post(
    "/products/{product_id}/options",
    body=OptionsRequest,
    answer=Product,
    permission="products.write",
    tag="Products",
    errors=("invalid_options", "nothing_to_sell"),
)
def set_options(caller: KeyCaller, product_id: str, body: OptionsRequest) -> Product:
    """Set the options of a product.

    SKUs keep the values that are still there. For an option that is new a SKU gets the value it is called by, or the
    first. One that finds no place is not sold any more.
    """
    known = parse("prd", product_id)
    manage_options.set_options(
        caller.business_id, known, [Option(each.name, tuple(each.values)) for each in body.options]
    )
    return product_answer(products.get_product(caller.business_id, known))


@v1.post(
    "/products/{product_id}/options/fill",
    body=MatrixRequest,
    answer=Product,
    permission="products.write",
    tag="Products",
    errors=("too_many_skus", "unknown_currency", "currency_not_accepted", "stock_is_counted"),
)
def fill_matrix(caller: KeyCaller, product_id: str, body: MatrixRequest) -> Product:
    """Make the SKUs that are missing.

    One for each combination of options that has none. Asked again, it makes nothing.
    """
    known = parse("prd", product_id)
    manage_options.fill_matrix(caller.business_id, known, SkuCommand(name="", **body.model_dump()))
    return product_answer(products.get_product(caller.business_id, known))


@v1.patch(
    "/products/{product_id}/skus",
    body=MatrixChange,
    answer=Product,
    permission="products.write",
    tag="Products",
    errors=("code_taken", "stock_reserved", "stock_is_counted", "invalid_specification"),
)
def change_matrix(caller: KeyCaller, product_id: str, body: MatrixChange) -> Product:
    """Change several SKUs of a product.

    All of them, or none.
    """
    known = parse("prd", product_id)
    changes = {
        parse("sku", cell.id): CellChange(
            code=cell.code,
            price_minor=cell.price_minor,
            stock=cell.stock,
            counts_stock="stock" not in cell.model_fields_set or cell.stock is not None,
            active=cell.active,
        )
        for cell in body.skus
    }
    manage_options.change_matrix(caller.business_id, known, changes, actor=caller.actor)
    return product_answer(products.get_product(caller.business_id, known))
