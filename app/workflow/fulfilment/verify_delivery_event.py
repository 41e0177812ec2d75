"""Whether an event of a delivery was signed with the secret of the system that delivers it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.core import db
from app.core.http import merchant_call
from app.core.security import crypto
from app.domain.catalog.models import Product
from app.domain.fulfilment.models import Delivery
from app.domain.orders.models import OrderLine
from app.workflow.fulfilment import deliver_line


class _Secret(db.JoinedRow):
    product_id: uuid.UUID
    delivery: dict[str, Any]


def is_genuine(business_id: uuid.UUID, delivery_id: uuid.UUID, headers: Mapping[str, str], content: bytes) -> bool:
    """Whether this body came from the delivery's own system, a moment ago; False also when there is no such delivery,
    so that nobody learns which there are. `headers` have their names in lower case."""
    query = (
        db.select_as(_Secret, select(Product.id.label("product_id"), Product.delivery))
        .select_from(Delivery)
        .join(OrderLine, (OrderLine.business_id == Delivery.business_id) & (OrderLine.id == Delivery.line_id))
        .join(Product, (Product.business_id == OrderLine.business_id) & (Product.id == OrderLine.product_id))
        .where(Delivery.business_id == business_id, Delivery.id == delivery_id)
    )
    with db.reading(business_id):
        found = db.first(query)
    if found is None or not found.delivery.get("secret"):
        return False
    secret = crypto.decrypt(found.delivery["secret"], context=deliver_line.encryption_context(found.product_id))
    return merchant_call.is_signed(secret, headers, content)
