"""Products with their SKUs."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound
from app.core.paging import After
from app.domain.catalog.models import Product, Sku
from app.domain.catalog.queries import RUNNING_PRICES
from app.domain.catalog.sellers.models import Seller
from app.read.catalog.categories import chosen_for
from app.read.catalog.product_images import ProductImageView, images_of
from app.read.catalog.products import ProductFilter, find
from app.read.catalog.sellers import sellers_of
from app.read.catalog.sku_rows import PricedSku

products = db.table(Product)
skus = db.table(Sku)

MAX_SKUS = 100


@dataclass(frozen=True)
class ProductWithSkus:
    """A row of `products`, its SKUs with the prices that hold now, the cheapest first, its images in order, the
    categories chosen for it, and who sells it (None: the business itself)."""

    row: Product
    skus: tuple[PricedSku, ...]
    images: tuple[ProductImageView, ...]
    categories: tuple[str, ...]
    seller: Seller | None


def list_products(business_id: uuid.UUID, filters: ProductFilter, *, after: After, limit: int) -> list[ProductWithSkus]:
    """Products, newest first."""
    with db.reading(business_id):
        return _with_skus(business_id, find(business_id, filters, after=after, most=limit + 1))


def get_product(business_id: uuid.UUID, product_id: uuid.UUID) -> ProductWithSkus:
    """One product.

    Raises:
        NotFound: the business has no such product.
    """
    with db.reading(business_id):
        return _with_skus(business_id, [db.get(Product, product_id)])[0]


def get_sku(business_id: uuid.UUID, sku_id: uuid.UUID) -> PricedSku:
    """One SKU, with the prices that hold now.

    Raises:
        NotFound: the business has no such SKU.
    """
    query = db.select_as(PricedSku, select(skus, RUNNING_PRICES))
    with db.reading(business_id):
        found = db.first(query.where(skus.c.business_id == business_id, skus.c.id == sku_id))
    if found is None:
        raise NotFound("not_found", "There is no such SKU.")
    return found


def _with_skus(business_id: uuid.UUID, found: Sequence[Product]) -> list[ProductWithSkus]:
    by_product: dict[uuid.UUID, list[PricedSku]] = defaultdict(list)
    if found:
        of_these = (
            db.select_as(PricedSku, select(skus, RUNNING_PRICES))
            .where(skus.c.business_id == business_id, skus.c.product_id.in_([row.id for row in found]))
            .order_by(skus.c.price_minor, skus.c.id)
            .limit(MAX_SKUS * len(found))
        )
        for sku in db.rows(of_these):
            by_product[sku.product_id].append(sku)
    ids = [row.id for row in found]
    images, chosen = images_of(business_id, ids), chosen_for(business_id, ids)
    whose = sellers_of(business_id, [row.seller_id for row in found])
    return [
        ProductWithSkus(
            row,
            tuple(by_product[row.id]),
            tuple(images[row.id]),
            tuple(each.code for each in chosen[row.id]),
            whose.get(row.seller_id),
        )
        for row in found
    ]
