"""The list of products."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core import db, lists
from app.core.lists import Column, Filter, Listing, ListRequest
from app.core.money import plain
from app.core.paging import Key
from app.domain.catalog.states import ProductStatus
from app.read.catalog.categories import branches, chosen_for
from app.read.catalog.product_images import images_of
from app.read.catalog.products import ProductCard, ProductFilter, find, skus_of
from app.read.catalog.sellers import SellerRow, seller_choices, sellers_of

VIEWS = {
    "all": "All",
    ProductStatus.ON_SALE: "On sale",
    ProductStatus.SCHEDULED: "Scheduled",
    ProductStatus.DRAFT: "Draft",
    ProductStatus.OFF_SALE: "Off sale",
    ProductStatus.ARCHIVED: "Archived",
}
MAX_WITH_IMAGES = 200  # rows of a page; a longer answer goes into a file, which shows no images
_OF_SKUS = ("price", "skus", "left", "lowest", "highest", "currency", "codes")


@dataclass(frozen=True)
class ProductRow:
    """One product as the list shows it."""

    card: ProductCard
    seller: SellerRow | None = None

    @property
    def created_at(self) -> datetime:
        """When it was made."""
        return self.card.row.created_at

    @property
    def id(self) -> uuid.UUID:
        """Its id."""
        return self.card.row.id

    @property
    def span(self) -> tuple[str, int, int] | None:
        """The lowest and the highest price in its own currency, or in the first it has."""
        prices = self.card.prices
        return next((each for each in prices if each[0] == self.card.currency), prices[0] if prices else None)


def read(request: ListRequest, after: Key | None, limit: int) -> list[ProductRow]:
    """Products that were asked for, behind `after`."""
    business_id, (since, until) = request.business_id, request.span()
    filters = ProductFilter(
        status=request.text("view"),
        text=request.text("q"),
        category=request.text("category"),
        seller=request.text("seller"),
        since=since,
        until=until,
        oldest_first=request.oldest_first,
    )
    with db.reading(business_id):
        found = find(business_id, filters, after=lists.moment_key(after), most=limit)
        keys = [row.id for row in found]
        skus = skus_of(business_id, keys) if request.shows(*_OF_SKUS) else {}
        seen = images_of(business_id, keys) if limit <= MAX_WITH_IMAGES else {}
        chosen = chosen_for(business_id, keys) if request.shows("categories") else {}
        whose = sellers_of(business_id, [row.seller_id for row in found]) if request.shows("seller") else {}
    return [
        ProductRow(
            ProductCard(row, tuple(skus.get(row.id, ())), tuple(seen.get(row.id, ())), tuple(chosen.get(row.id, ()))),
            whose.get(row.seller_id),
        )
        for row in found
    ]


def _categories(business_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    return [(each.row.code, "– " * (each.row.depth - 1) + each.row.name) for each in branches(business_id)]


def _of(name: str) -> Any:
    return lambda row: getattr(row.card.row, name)


def _prices(row: ProductRow) -> str:
    spans = (
        f"{currency} {plain(low, currency)}" + (f"–{plain(high, currency)}" if high != low else "")
        for currency, low, high in row.card.prices
    )
    return ", ".join(spans)


def _end_of_span(place: int) -> Any:
    return lambda row: (row.span[place], row.span[0]) if row.span else None


PRODUCTS = lists.add(
    Listing(
        name="products",
        title="Products",
        permission="products.read",
        views=VIEWS,
        ordered_by="made",
        read=read,
        earlier={"status": "view"},
        filters=(
            Filter(key="q", title="Find", kind="search", hint="Part of a name or code"),
            Filter(key="category", title="Category", kind="choice", choices=_categories),
            Filter(key="seller", title="Seller", kind="choice", choices=seller_choices, further=True),
            Filter(key="from", title="From", kind="from"),
            Filter(key="to", title="To", kind="to"),
        ),
        columns=(
            Column(key="name", title="Name", value=_of("name"), image=lambda row: row.card.images),
            Column(key="state", title="State", kind="state", value=lambda row: (row.card.row.status, None)),
            Column(key="price", title="Price", kind="prices", value=_prices),
            Column(key="skus", title="SKUs", kind="number", value=lambda row: len(row.card.skus)),
            Column(key="left", title="Available", kind="number", value=lambda row: row.card.left, nothing="unlimited"),
            Column(key="made", title="Created", kind="when", value=_of("created_at")),
            Column(key="lowest", title="Lowest price", kind="money", value=_end_of_span(1), default=False),
            Column(key="highest", title="Highest price", kind="money", value=_end_of_span(2), default=False),
            Column(
                key="currency",
                title="Currency",
                kind="code",
                value=lambda row: row.span[0] if row.span else None,
                default=False,
            ),
            Column(
                key="codes",
                title="SKU codes",
                value=lambda row: ", ".join(sku.code for sku in row.card.skus),
                default=False,
            ),
            Column(
                key="categories",
                title="Categories",
                value=lambda row: ", ".join(each.name for each in row.card.categories),
                default=False,
            ),
            Column(key="seller", title="Sold by", value=lambda row: row.seller and row.seller.name, default=False),
            Column(
                key="delivery",
                title="Deliverable",
                value=lambda row: row.card.row.delivery_kind.replace("_", " "),
                default=False,
            ),
            Column(key="on_sale_at", title="On sale from", kind="when", value=_of("on_sale_at"), default=False),
            Column(key="off_sale_at", title="Off sale from", kind="when", value=_of("off_sale_at"), default=False),
            Column(key="product", title="Product", kind="id", value=lambda row: ("prd", row.id), default=False),
        ),
    )
)
