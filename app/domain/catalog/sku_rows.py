"""What rows of SKUs have that are read with their products: for type checkers, a model with more columns."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Mapped

from app.domain.catalog.models import Sku

if TYPE_CHECKING:

    class SkuWithProduct(Sku):
        """A row of `queries.skus_with_products`. `prices` are those beside the base price that hold now, as
        `queries.RUNNING_PRICES` has them, `categories` codes from the top of the tree down; `min_*`, `max_*`,
        `period_days`, `delivery_kind` and `seller_id` are the product's."""

        prices: Mapped[list[list[Any]] | None]
        categories: Mapped[list[str] | None]
        product_name: Mapped[str]
        product_status: Mapped[str]
        min_per_order: Mapped[int]
        max_per_order: Mapped[int]
        max_per_buyer: Mapped[int | None]
        max_per_period: Mapped[int | None]
        period_days: Mapped[int | None]
        delivery_kind: Mapped[str]
        seller_id: Mapped[uuid.UUID | None]

else:
    SkuWithProduct = Sku
