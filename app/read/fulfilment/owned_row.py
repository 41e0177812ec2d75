"""What the row of something that a buyer owns has: for type checkers, a delivery with more columns."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped

from app.domain.fulfilment.models import Delivery

if TYPE_CHECKING:

    class OwnedRow(Delivery):
        """A delivery with its order line, and what it gave: membership time, credit, or the right to fetch files."""

        title: Mapped[str]
        quantity: Mapped[int]
        paid_at: Mapped[datetime | None]
        order_number: Mapped[str]
        starts_at: Mapped[datetime | None]
        ends_at: Mapped[datetime | None]
        level: Mapped[str | None]
        granted: Mapped[int | None]
        currency: Mapped[str | None]
        right_id: Mapped[uuid.UUID | None]
        product_id: Mapped[uuid.UUID | None]
        sku_id: Mapped[uuid.UUID | None]
        allowed: Mapped[int | None]
        right_ends_at: Mapped[datetime | None]

else:
    OwnedRow = Delivery
