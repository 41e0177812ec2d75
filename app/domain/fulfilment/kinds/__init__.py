"""The kinds of delivery: one class each, idempotent, reversible."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Goods:
    """What one delivery hands over. `days` is per piece."""

    delivery_id: uuid.UUID
    buyer_reference: str
    product_id: uuid.UUID
    quantity: int
    days: int


class DeliveryKind(Protocol):
    """One way for goods to reach the buyer; both methods work in the caller's phase."""

    def deliver(self, goods: Goods, moment: datetime) -> None:
        """Hand the goods over; a second call for the same delivery changes nothing."""
        ...

    def revoke(self, delivery_id: uuid.UUID, *, reason: str) -> None:
        """Take the goods back; nothing delivered is fine."""
        ...
