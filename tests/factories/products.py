"""What a business sells, as its lists read it."""

from __future__ import annotations

import uuid

from app.core import db
from app.read.catalog.products import ProductCard, ProductFilter, find, with_skus


def products_of(business_id: uuid.UUID, filters: ProductFilter | None = None) -> list[ProductCard]:
    """The first hundred products, with their SKUs."""
    with db.reading(business_id):
        return with_skus(business_id, find(business_id, filters or ProductFilter(), after=None, most=100))
