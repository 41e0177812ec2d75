"""What can be tried in the playground."""

from __future__ import annotations

import uuid

from app.core.ids import show
from app.read.checkout.configurations import list_configurations
from app.read.marketing.promotions import sellable

MAX_ROWS = 50


def things_to_sell(business_id: uuid.UUID) -> tuple[tuple[str, str], ...]:
    """Configurations that are switched on, then single SKUs, as (id, name)."""
    made = list_configurations(business_id, archived=False, after=None, limit=MAX_ROWS)
    skus = sellable(business_id)[:MAX_ROWS]
    return (
        *((show("cfg", row.id), row.name) for row in made[:MAX_ROWS] if row.active),
        *((show("sku", row.id), f"{row.product_name}: {row.name}" if row.name else row.product_name) for row in skus),
    )
