"""What a split rule can be about."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from app.core import db, ids
from app.domain.catalog.models import Category, Product, Sku
from app.domain.catalog.sellers.models import Seller
from app.domain.catalog.states import ProductStatus

MAX_OF_A_KIND = 500


def rule_subjects(business_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    """Sellers, categories, products and SKUs as (id as shown, title), by name; MAX_OF_A_KIND of each."""
    sellers, categories = db.table(Seller), db.table(Category)
    products, skus = db.table(Product), db.table(Sku)
    named = (("sel", "Seller", sellers), ("cat", "Category", categories))
    found: list[tuple[str, str]] = []
    with db.reading(business_id):
        for prefix, title, table in named:
            query = select(table.c.id, table.c.name).where(table.c.business_id == business_id)
            for row in db.rows(query.order_by(table.c.name, table.c.id).limit(MAX_OF_A_KIND)):
                found.append((ids.show(prefix, row.id), f"{title}: {row.name}"))
        sold = products.c.business_id == business_id, products.c.status != ProductStatus.ARCHIVED
        query = select(products.c.id, products.c.name).where(*sold)
        for row in db.rows(query.order_by(products.c.name, products.c.id).limit(MAX_OF_A_KIND)):
            found.append((ids.show("prd", row.id), f"Product: {row.name}"))
        of_products = (
            select(skus.c.id, skus.c.name, products.c.name.label("product"))
            .join(products, (products.c.business_id == skus.c.business_id) & (products.c.id == skus.c.product_id))
            .where(skus.c.business_id == business_id, *sold)
        )
        for row in db.rows(of_products.order_by(products.c.name, skus.c.name, skus.c.id).limit(MAX_OF_A_KIND)):
            found.append((ids.show("sku", row.id), f"SKU: {row.product}, {row.name}"))
    return found
