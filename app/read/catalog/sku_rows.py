"""What rows of SKUs have: for type checkers, models with more columns."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Mapped

from app.domain.catalog.models import Sku

if TYPE_CHECKING:

    class PricedSku(Sku):
        """A SKU with the prices that hold now beside its base price, as `domain.catalog.queries.RUNNING_PRICES`."""

        prices: Mapped[list[list[Any]] | None]

    class ListedSku(PricedSku):
        """A SKU with its prices of now, and when the next of them begins or ends."""

        prices_change_at: Mapped[datetime | None]

    class StockedSku(Sku):
        """A SKU with what its product says of it."""

        product_name: Mapped[str]
        product_status: Mapped[str]
        delivery_kind: Mapped[str]

else:
    PricedSku = ListedSku = StockedSku = Sku
