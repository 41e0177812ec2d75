"""Products with their SKUs, as the portal lists and edits them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select

from app.core import clock, db, ids
from app.core.db import TableOf
from app.core.paging import After, in_order
from app.domain.catalog import matrix, queries
from app.domain.catalog.matrix import Cell
from app.domain.catalog.models import Product, ProductCategory, Sku
from app.domain.marketing import listing
from app.lib.some import some
from app.read.catalog.categories import ChosenCategory, chosen_for, id_of
from app.read.catalog.prices import current_prices
from app.read.catalog.product_images import ProductImageView, images_of
from app.read.catalog.sku_rows import ListedSku, PricedSku

SkuRow = Sku  # for those who show one
ProductRow = Product


@dataclass(frozen=True)
class ProductFilter:
    """Which products: by status, by a part of the name or of a SKU's code, by category (and all below it), by seller
    (an id as shown), by when they were made; the newest first, or the oldest."""

    status: str = ""
    text: str = ""
    category: str = ""
    seller: str = ""
    since: datetime | None = None
    until: datetime | None = None
    oldest_first: bool = False


def find(business_id: uuid.UUID, filters: ProductFilter, *, after: After, most: int) -> Sequence[Product]:
    """Rows of `products` in order, from behind `after`; in an open reading or phase. However many products there are, a
    page costs the same."""
    table, category_id, text = db.table(Product), None, filters.text.strip()
    if filters.category:
        category_id = id_of(business_id, filters.category)
        if category_id is None:
            return []
    query = select(table).where(table.c.business_id == business_id)
    if filters.seller:
        query = query.where(table.c.seller_id == ids.try_parse(filters.seller, "sel"))
    at, row_id = table.c.created_at, table.c.id
    if text and filters.seller:
        query, text = query.where(_says(table, text)), ""
    if text:
        # What was made outside the time comes before what is looked for, or behind it: nothing is left out.
        found = queries.matching(
            text,
            status=filters.status or None,
            category_id=category_id,
            after=_bound(filters, after),
            oldest_first=filters.oldest_first,
            most=most,
        )
        return _read(query.where(row_id.in_(found)), at, row_id, filters, None, most)
    if category_id is not None:
        inside = db.table(ProductCategory)
        same = (inside.c.business_id == table.c.business_id) & (inside.c.product_id == table.c.id)
        query = query.join(inside, same).where(inside.c.category_id == category_id, inside.c.business_id == business_id)
        at, row_id = inside.c.product_created_at, inside.c.product_id
    if filters.status:
        query = query.where(table.c.status == filters.status)
    return _read(query, at, row_id, filters, after, most)


def _says(table: TableOf[Product], part: str) -> ColumnElement[bool]:
    """That a product, one of a seller's, has the text in its name or in a SKU's code."""
    skus, part = db.table(Sku), part.replace("\x00", "")
    of_it = skus.c.business_id == table.c.business_id, skus.c.product_id == table.c.id
    coded = exists().where(*of_it, skus.c.code.icontains(part, autoescape=True))
    return or_(table.c.name.icontains(part, autoescape=True), coded)


def _read(
    query: Select[Product], at: Any, row_id: Any, filters: ProductFilter, after: After, most: int
) -> Sequence[Product]:
    query = query if filters.since is None else query.where(at >= filters.since)
    query = query if filters.until is None else query.where(at < filters.until)
    return db.rows(in_order(query, at, row_id, after, most, oldest_first=filters.oldest_first))


def _bound(filters: ProductFilter, after: tuple[datetime, uuid.UUID] | None) -> tuple[datetime, uuid.UUID] | None:
    """From behind which key to search: the last row seen, or the end of the time that is meant."""
    edge = filters.since if filters.oldest_first else filters.until
    known = [each for each in (after, (edge, uuid.UUID(int=0)) if edge else None) if each is not None]
    return max(known, default=None) if filters.oldest_first else min(known, default=None)


MAX_ROWS = 200  # SKUs of one product


@dataclass(frozen=True)
class ProductCard:
    """One product (row of `products`), its SKUs, cheapest first, its images in order, and the categories (code, name)
    chosen for it."""

    row: Product
    skus: tuple[ListedSku, ...]
    images: tuple[ProductImageView, ...] = ()
    categories: tuple[ChosenCategory, ...] = ()

    @property
    def in_matrix(self) -> tuple[ListedSku, ...]:
        """Its SKUs in the order of its options; those that fit none of them last."""
        options = matrix.read_options(self.row.options)
        return tuple(sorted(self.skus, key=lambda sku: matrix.place_of(options, sku.specification)))

    @property
    def missing(self) -> int:
        """How many combinations of its options have no SKU."""
        options = matrix.read_options(self.row.options)
        return len(matrix.missing(options, [Cell(sku.id, sku.name, sku.specification) for sku in self.skus]))

    @property
    def currency(self) -> str:
        """The currency of its first SKU; empty without one."""
        return self.skus[0].currency if self.skus else ""

    @property
    def prices(self) -> tuple[tuple[str, int, int], ...]:
        """The lowest and the highest price of one unit now, among SKUs that can be bought: (currency, minor units,
        minor units), by currency. What is sold from several units on only counts with the price of so many."""
        by_currency: dict[str, list[int]] = defaultdict(list)
        for sku in self.skus:
            fewest = {currency: minor for currency, _, minor in reversed(current_prices(sku))} if sku.active else {}
            for currency, minor in fewest.items():
                by_currency[currency].append(minor)
        return tuple((currency, min(known), max(known)) for currency, known in sorted(by_currency.items()))

    @property
    def cheaper_from(self) -> int | None:
        """From a quantity on one of them costs less; None when none does."""
        more = [
            quantity
            for sku in self.skus
            if sku.active
            for currency, quantity, minor in current_prices(sku)
            if quantity > 1 and currency == sku.currency and minor < self.unit_minor(sku)
        ]
        return min(more, default=None)

    @property
    def prices_change_at(self) -> datetime | None:
        """When the next price of a SKU that can be bought begins or ends."""
        moments = [sku.prices_change_at for sku in self.skus if sku.active and sku.prices_change_at is not None]
        return min(moments, default=None)

    def unit_minor(self, sku: PricedSku, quantity: int = 1) -> int:
        """What one unit of a SKU costs now in its own currency, when so many are bought."""
        return listing.unit_minor(sku, currency=sku.currency, quantity=max(quantity, 1), now=clock.now())

    @property
    def left(self) -> int | None:
        """Units that can still be bought over all active SKUs; None when one of them is unlimited."""
        active = [sku for sku in self.skus if sku.active]
        if any(sku.stock is None for sku in active):
            return None
        return sum(some(sku.stock) - sku.reserved for sku in active)


def with_skus(business_id: uuid.UUID, found: Sequence[Product]) -> list[ProductCard]:
    """These rows of `products` with their SKUs and categories, in an open reading."""
    keys = [row.id for row in found]
    skus, chosen = skus_of(business_id, keys), chosen_for(business_id, keys)
    return [ProductCard(row, tuple(skus[row.id]), (), tuple(chosen[row.id])) for row in found]


def product_card(business_id: uuid.UUID, product_id: uuid.UUID) -> ProductCard:
    """One product.

    Raises:
        NotFound: the business has no such product.
    """
    with db.reading(business_id):
        row = db.get(Product, product_id)
        seen = images_of(business_id, [product_id])[product_id]
        chosen = chosen_for(business_id, [product_id])[product_id]
        skus = skus_of(business_id, [product_id])[product_id]
        return ProductCard(row, tuple(skus), tuple(seen), tuple(chosen))


def sku_of(business_id: uuid.UUID, product_id: uuid.UUID, sku_id: uuid.UUID) -> Sku:
    """One SKU of a product.

    Raises:
        NotFound: the product has no such SKU.
    """
    with db.reading(business_id):
        return db.get(Sku, sku_id, Sku.product_id == product_id)


def skus_of(business_id: uuid.UUID, product_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[ListedSku]]:
    """The SKUs of these products with their prices of now, the cheapest first; in an open reading."""
    found: dict[uuid.UUID, list[ListedSku]] = defaultdict(list)
    if product_ids:
        table = db.table(Sku)
        query = (
            select(table, queries.RUNNING_PRICES, queries.PRICES_CHANGE_AT)
            .where(table.c.business_id == business_id, table.c.product_id.in_(product_ids))
            .order_by(table.c.price_minor, table.c.id)
            .limit(MAX_ROWS * len(product_ids))
        )
        for row in db.rows(db.select_as(ListedSku, query)):
            found[row.product_id].append(row)
    return found
