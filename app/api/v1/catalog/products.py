"""Products and their SKUs."""

from dataclasses import fields
from typing import Annotated, Any

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    MAX_AMOUNT_MINOR,
    PRINTABLE,
    Answer,
    AnyAmountMinor,
    Currency,
    LongText,
    Moment,
    OneOf,
    SellerId,
    Shape,
    ShortText,
    moment_text,
)
from app.api.v1.api import KeyCaller, v1
from app.api.v1.catalog.images import ProductImage, image_of
from app.core.ids import parse, show
from app.domain.catalog.states import ProductStatus
from app.read.catalog import products_resource as products
from app.read.catalog.prices import current_prices
from app.read.catalog.products import ProductFilter
from app.read.catalog.sku_rows import PricedSku
from app.workflow.catalog import manage_catalog
from app.workflow.catalog.manage_catalog import ProductCommand, SkuCommand

_NOT_SELLABLE = ("nothing_to_sell", "no_delivery_url", "no_files", "channel_unavailable")
PriceMinor = Annotated[int, Field(ge=0, le=MAX_AMOUNT_MINOR, description="Unit price in minor units.")]
Stock = Annotated[int, Field(ge=0, le=1_000_000_000, description="Units in stock; null for unlimited.")]
DeliveryDays = Annotated[int, Field(ge=1, le=36_500, description="Membership days per unit.")]
DeliveryKind = Annotated[
    str,
    OneOf(("entitlement", "licence_key", "download", "points", "credit", "callback", "shipping")),
    Field(
        description="What the buyer receives: membership time, a licence key from the SKU’s pool, files, points, "
        "wallet credit, a delivery by your own system, or parcels that you ship. Set when the product is created."
    ),
]
MaxPerOrder = Annotated[int, Field(ge=1, le=10_000, description="Maximum quantity per order.")]
MinPerOrder = Annotated[int, Field(ge=1, le=10_000, description="Minimum quantity per order.")]
MaxPerBuyer = Annotated[int, Field(ge=1, le=10_000, description="Maximum quantity per buyer.")]
MaxPerPeriod = Annotated[int, Field(ge=1, le=10_000, description="Maximum quantity per buyer in any `period_days`.")]
PeriodDays = Annotated[int, Field(ge=1, le=10_000, description="Length of the period for `max_per_period`, in days.")]
OptionName = Annotated[str, Field(min_length=1, max_length=60), PRINTABLE]
Specification = Annotated[
    dict[OptionName, OptionName], Field(max_length=5, description="A value for each option of the product.")
]


class Attribute(Shape):
    """A fact about a product that buyers read."""

    name: Annotated[str, Field(min_length=1, max_length=60), PRINTABLE]
    value: Annotated[str, Field(min_length=1, max_length=500), PRINTABLE]


class ProductOption(Shape):
    """Something to choose, with its values in the order in which they are shown."""

    name: OptionName
    values: Annotated[list[OptionName], Field(min_length=1, max_length=50)]


SkuCode = Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$", description="Your own unique code.")]
Attributes = Annotated[list[Attribute], Field(max_length=30)]


SellerName = Annotated[
    str,
    Field(max_length=120, description="ID, reference or name of the seller; empty for the business itself."),
    PRINTABLE,
]
CategoryCode = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9_-]{0,59}$", examples=["tickets"])]


class ProductRequest(Shape):
    """A product to be made."""

    name: ShortText
    description: LongText = ""
    min_per_order: MinPerOrder = 1
    max_per_order: MaxPerOrder = 10
    max_per_buyer: MaxPerBuyer | None = None
    max_per_period: MaxPerPeriod | None = None
    period_days: PeriodDays | None = None
    attributes: Attributes = []
    seller: SellerName = ""
    delivery_kind: DeliveryKind = "entitlement"


class ProductChange(Shape):
    """What a product shall say from now on; members that are absent stay as they are. Null takes a limit per buyer
    away."""

    name: ShortText | None = None
    description: LongText | None = None
    min_per_order: MinPerOrder | None = None
    max_per_order: MaxPerOrder | None = None
    max_per_buyer: MaxPerBuyer | None = None
    max_per_period: MaxPerPeriod | None = None
    period_days: PeriodDays | None = None
    attributes: Attributes | None = None
    seller: SellerName | None = None


class SkuRequest(Shape):
    """A SKU to be made."""

    code: SkuCode
    name: ShortText
    price_minor: PriceMinor
    currency: Currency
    delivery_days: DeliveryDays = 30
    stock: Stock | None = None
    active: bool = True
    specification: Specification = {}


class SkuChange(Shape):
    """What a SKU shall be from now on; members that are absent stay as they are. Placed orders keep their price."""

    name: ShortText | None = None
    price_minor: PriceMinor | None = None
    delivery_days: DeliveryDays | None = None
    stock: Stock | None = None
    active: bool | None = None
    specification: Specification | None = None


class CurrentPrice(Answer):
    """What one unit costs now, from a quantity of a line on."""

    currency: Currency
    from_quantity: int
    unit_minor: AnyAmountMinor


class Sku(Answer):
    """One specification of a product, with its price."""

    id: str
    product_id: str
    code: str
    name: str
    specification: dict[str, str]
    price_minor: Annotated[AnyAmountMinor, Field(description="The base price.")]
    currency: Currency
    prices: Annotated[list[CurrentPrice], Field(description="All current prices, the SKU’s own currency first.")]
    delivery_days: int
    stock: int | None
    reserved: Annotated[int, Field(description="Units reserved for unpaid orders.")]
    active: bool


class Product(Answer):
    """What a buyer sees: one thing with one or more SKUs."""

    id: str
    name: str
    description: str
    status: Annotated[str, OneOf(ProductStatus)]
    min_per_order: int
    max_per_order: int
    max_per_buyer: int | None
    max_per_period: int | None
    period_days: int | None
    attributes: list[Attribute]
    seller_id: Annotated[str | None, Field(description="Who sells it; null for the business itself.")]
    seller: Annotated[str, Field(description="The seller’s name; empty for the business itself.")]
    options: list[ProductOption]
    delivery_kind: DeliveryKind
    on_sale_at: Annotated[Moment | None, Field(description="Scheduled start of sale.")]
    off_sale_at: Annotated[Moment | None, Field(description="Scheduled end of sale.")]
    skus: list[Sku]
    categories: Annotated[list[str], Field(description="Codes of its categories.")]
    images: Annotated[list[ProductImage], Field(description="In order; the first represents the product.")]
    created_at: Moment


class ProductQuery(ListQuery):
    """What a list of products may be narrowed by."""

    status: Annotated[str, OneOf(ProductStatus)] | None = None
    q: Annotated[
        str | None, Field(min_length=1, max_length=200, description="Part of the name or of a SKU code."), PRINTABLE
    ] = None
    category: Annotated[CategoryCode | None, Field(description="In this category or its subcategories.")] = None
    seller_id: Annotated[SellerId | None, Field(description="Sold by this seller.")] = None


@v1.get("/products", query=ProductQuery, answer=Page[Product], permission="products.read", tag="Products")
def list_products(caller: KeyCaller, query: ProductQuery) -> Page[Product]:
    """List products.

    Newest first.
    """
    filters = ProductFilter(
        status=query.status or "", text=query.q or "", category=query.category or "", seller=query.seller_id or ""
    )
    found = products.list_products(caller.business_id, filters, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=product_answer, key=lambda each: (each.row.created_at, each.row.id))


@v1.post(
    "/products",
    body=ProductRequest,
    answer=Product,
    status=201,
    permission="products.write",
    tag="Products",
    errors=("invalid_limit", "unknown_seller", "limit_reached"),
)
def create_product(caller: KeyCaller, body: ProductRequest) -> Product:
    """Make a product.

    It is a draft until it is published.
    """
    pairs = tuple((each.name, each.value) for each in body.attributes)
    command = ProductCommand(**{**body.model_dump(), "attributes": pairs})
    product_id = manage_catalog.create_product(caller.business_id, command, actor=caller.actor)
    return product_of(caller, show("prd", product_id))


@v1.get("/products/{product_id}", answer=Product, permission="products.read", tag="Products")
def get_product(caller: KeyCaller, product_id: str) -> Product:
    """Get a product."""
    return product_of(caller, product_id)


@v1.patch(
    "/products/{product_id}",
    body=ProductChange,
    answer=Product,
    permission="products.write",
    tag="Products",
    errors=("invalid_limit", "unknown_seller"),
)
def change_product(caller: KeyCaller, product_id: str, body: ProductChange) -> Product:
    """Change a product."""
    now = products.get_product(caller.business_id, parse("prd", product_id)).row
    known = {name: getattr(now, name) for name in ProductChange.model_fields if name != "seller"}
    known["seller"] = show("sel", now.seller_id) if now.seller_id else ""
    values = {name: value for name, value in body.model_dump(exclude_unset=True).items() if _means(name, value)}
    listed = body.attributes if body.attributes is not None else [Attribute(**each) for each in now.attributes]
    command = ProductCommand(**{**known, **values, "attributes": tuple((each.name, each.value) for each in listed)})
    manage_catalog.change_product(caller.business_id, now.id, command)
    return product_of(caller, product_id)


@v1.post(
    "/products/{product_id}/publish",
    answer=Product,
    permission="products.write",
    tag="Products",
    errors=(*_NOT_SELLABLE, "illegal_state", "version_conflict"),
)
def publish_product(caller: KeyCaller, product_id: str) -> Product:
    """Put a product on sale."""
    manage_catalog.publish_product(caller.business_id, parse("prd", product_id), actor=caller.actor)
    return product_of(caller, product_id)


@v1.post(
    "/products/{product_id}/unpublish",
    answer=Product,
    permission="products.write",
    tag="Products",
    errors=("illegal_state", "version_conflict"),
)
def unpublish_product(caller: KeyCaller, product_id: str) -> Product:
    """Take a product off sale.

    Orders that are open go on.
    """
    manage_catalog.unpublish_product(caller.business_id, parse("prd", product_id), actor=caller.actor)
    return product_of(caller, product_id)


@v1.post(
    "/products/{product_id}/skus",
    body=SkuRequest,
    answer=Sku,
    status=201,
    permission="products.write",
    tag="Products",
    errors=(
        "code_taken",
        "too_many_skus",
        *("unknown_currency", "currency_not_accepted", "stock_is_counted"),
        "invalid_specification",
        "specification_taken",
    ),
)
def create_sku(caller: KeyCaller, product_id: str, body: SkuRequest) -> Sku:
    """Add a SKU to a product."""
    command = SkuCommand(**body.model_dump())
    sku_id = manage_catalog.add_sku(caller.business_id, parse("prd", product_id), command)
    return _sku(products.get_sku(caller.business_id, sku_id))


@v1.get("/skus/{sku_id}", answer=Sku, permission="products.read", tag="Products")
def get_sku(caller: KeyCaller, sku_id: str) -> Sku:
    """Get a SKU."""
    return _sku(products.get_sku(caller.business_id, parse("sku", sku_id)))


@v1.patch(
    "/skus/{sku_id}",
    body=SkuChange,
    answer=Sku,
    permission="products.write",
    tag="Products",
    errors=("stock_reserved", "stock_is_counted", "invalid_specification", "specification_taken"),
)
def change_sku(caller: KeyCaller, sku_id: str, body: SkuChange) -> Sku:
    """Change a SKU.

    `stock: null` makes it unlimited. Its code and currency stay what they are.
    """
    now = products.get_sku(caller.business_id, parse("sku", sku_id))
    values = {name: value for name, value in body.model_dump(exclude_unset=True).items() if _means(name, value)}
    command = SkuCommand(**{**{each.name: getattr(now, each.name) for each in fields(SkuCommand)}, **values})
    manage_catalog.change_sku(caller.business_id, now.product_id, now.id, command, actor=caller.actor)
    return _sku(products.get_sku(caller.business_id, now.id))


def _means(name: str, value: Any) -> bool:
    """Only for stock and limits per buyer does null say something; elsewhere it is the same as absent."""
    return name in ("stock", "max_per_buyer", "max_per_period", "period_days") or value is not None


def product_of(caller: KeyCaller, product_id: str) -> Product:
    """The product as it is now."""
    return product_answer(products.get_product(caller.business_id, parse("prd", product_id)))


def product_answer(found: products.ProductWithSkus) -> Product:
    """A product as the API shows it."""
    row = found.row
    return Product(
        id=show("prd", row.id),
        name=row.name,
        description=row.description,
        status=row.status,
        min_per_order=row.min_per_order,
        max_per_order=row.max_per_order,
        max_per_buyer=row.max_per_buyer,
        max_per_period=row.max_per_period,
        period_days=row.period_days,
        attributes=[Attribute(**each) for each in row.attributes],
        seller_id=show("sel", row.seller_id) if row.seller_id else None,
        seller=found.seller.name if found.seller is not None else "",
        options=[ProductOption(**each) for each in row.options],
        delivery_kind=row.delivery_kind,
        on_sale_at=moment_text(row.on_sale_at),
        off_sale_at=moment_text(row.off_sale_at),
        skus=[_sku(sku) for sku in found.skus],
        categories=list(found.categories),
        images=[image_of(image) for image in found.images],
        created_at=moment_text(row.created_at),
    )


def _sku(row: PricedSku) -> Sku:
    return Sku(
        id=show("sku", row.id),
        product_id=show("prd", row.product_id),
        code=row.code,
        name=row.name,
        specification=row.specification,
        price_minor=row.price_minor,
        currency=row.currency,
        prices=[
            CurrentPrice(currency=code, from_quantity=quantity, unit_minor=minor)
            for code, quantity, minor in current_prices(row)
        ],
        delivery_days=row.delivery_days,
        stock=row.stock,
        reserved=row.reserved,
        active=row.active,
    )
