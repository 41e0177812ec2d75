"""What one unit of a SKU hands over, by its product's kind of delivery. Orders keep what they were placed with."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound
from app.domain.catalog.models import Product, Sku
from app.domain.fulfilment import rules


def set_deliverable(business_id: uuid.UUID, sku_id: uuid.UUID, said: Mapping[str, Any]) -> dict[str, Any]:
    """Say what a unit of this SKU hands over, from now on; what is kept of it.

    Raises:
        NotFound: no such SKU. Invalid: its kind of delivery has no such member, or a value is out of range.
    """
    with db.phase("set_deliverable.set", business_id):
        kind = db.scalar(
            select(Product.delivery_kind)
            .join(Sku, (Sku.business_id == Product.business_id) & (Sku.product_id == Product.id))
            .where(Sku.business_id == business_id, Sku.id == sku_id)
        )
        if kind is None:
            raise NotFound("not_found", "There is no such SKU.")
        deliverable = rules.check_deliverable(kind, said)
        db.write(db.change(Sku, sku_id, deliverable=deliverable), expect=1)
    return deliverable
