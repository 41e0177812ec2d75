"""SKUs of memberships, for people to choose from."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from app.core import db, ids
from app.domain.catalog.models import Product, Sku
from app.domain.catalog.states import ProductStatus

MAX_COUNT = 500
products, skus = db.table(Product), db.table(Sku)


class _SkuOf(db.JoinedRow):
    id: uuid.UUID
    product: str
    name: str
    deliverable: dict[str, Any]


def membership_skus(business_id: uuid.UUID) -> list[tuple[str, str]]:
    """Those of products that are not archived, the newest product first: id, and product with SKU."""
    query = (
        db.select_as(_SkuOf, select(skus.c.id, products.c.name.label("product"), skus.c.name, skus.c.deliverable))
        .join(products, (products.c.business_id == skus.c.business_id) & (products.c.id == skus.c.product_id))
        .where(
            skus.c.business_id == business_id,
            products.c.delivery_kind == "entitlement",
            products.c.status != ProductStatus.ARCHIVED,
        )
        .order_by(products.c.created_at.desc(), skus.c.id)
        .limit(MAX_COUNT)
    )
    with db.reading(business_id):
        return [(ids.show("sku", row.id), f"{row.product}: {row.name}") for row in db.rows(query)]
