"""What is handed over, and how a kind of delivery does it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from app.core.money import Money

SHIPPING = "shipping"  # a kind of delivery: people pack it, and parcels (parcels/) say where it is
# What people and keys do to a membership.
CHANGE_KINDS = ("granted", "extended", "shortened", "revoked", "moved_away", "moved_here", "imported")


@dataclass(frozen=True, kw_only=True)
class Deliverable:
    """What one delivery hands over. `days` and `unit_price` are per unit; `options` is the SKU's deliverable when it
    was bought. `span` is when a contract's cycle begins and ends: its time is this, however many units there are."""

    delivery_id: uuid.UUID
    order_id: uuid.UUID
    buyer_reference: str
    product_id: uuid.UUID
    sku_id: uuid.UUID
    quantity: int
    days: int
    unit_price: Money
    options: Mapping[str, Any] = field(default_factory=dict)
    span: tuple[datetime, datetime] | None = None


@dataclass(frozen=True)
class RevocationLoss:
    """What could not be revoked, for a case; `details` is JSON."""

    case: str
    details: dict[str, Any]
    money: Money | None = None


class DeliveryKind(Protocol):
    """One way to hand over a deliverable; its methods run in the caller's phase."""

    def deliver(self, deliverable: Deliverable, moment: datetime) -> str | None:
        """Hand the deliverable over; a second call for the same delivery changes nothing. Returns why nothing could be
        handed over yet, and then nothing was written; None when it was."""
        ...

    def revoke(self, delivery_id: uuid.UUID, *, reason: str) -> RevocationLoss | None:
        """Revoke the deliverable; safe when nothing was delivered. Returns what was used up, is lost and owed by
        nobody."""
        ...


@runtime_checkable
class BatchKind(DeliveryKind, Protocol):
    """A kind that hands over many deliveries with few statements."""

    def deliver_new(self, deliverables: Sequence[Deliverable], moment: datetime) -> list[str | None]:
        """As `deliver`, for deliveries that were begun in this phase."""
        ...
