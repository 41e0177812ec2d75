"""What is handed over, and how a kind of delivery does it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from app.core.money import Money


@dataclass(frozen=True, kw_only=True)
class Deliverable:
    """What one delivery hands over. `days` and `unit_price` are per unit; `options` are what the SKU said of its
    goods when it was bought."""

    delivery_id: uuid.UUID
    order_id: uuid.UUID
    buyer_reference: str
    product_id: uuid.UUID
    sku_id: uuid.UUID
    quantity: int
    days: int
    unit_price: Money
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RevocationLoss:
    """Goods that could not be taken back, for people to look at; `details` are JSON."""

    case: str
    details: dict[str, Any]


class DeliveryKind(Protocol):
    """One way for goods to reach the buyer; both methods work in the caller's phase."""

    def deliver(self, deliverable: Deliverable, moment: datetime) -> str | None:
        """Hand the goods over; a second call for the same delivery changes nothing. What it returns is why nothing
        could be handed over yet (then nothing was written)."""
        ...

    def revoke(self, delivery_id: uuid.UUID, *, reason: str) -> RevocationLoss | None:
        """Take the goods back; nothing delivered is fine. What it returns was used up, is gone, and nobody owes it."""
        ...
