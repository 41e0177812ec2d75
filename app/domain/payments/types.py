"""Values that callers of the payments noun pass in and get back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Payee:
    """Whose account outside gets money: `account` is what the payment company knows it by (an IBAN, a number)."""

    account: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class RefundLineCommand:
    """Money wanted back for one line of an order: whole pieces, or an amount in minor units; exactly one of them."""

    line_id: uuid.UUID
    quantity: int | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, kw_only=True)
class RefundableLine:
    """One line of an order and what went back of it, or is on its way back; amounts in minor units."""

    line_id: uuid.UUID
    sub_order_id: uuid.UUID
    quantity: int
    amount_minor: int
    refunded_quantity: int
    refunded_minor: int

    @property
    def rest_minor(self) -> int:
        """What can still go back."""
        return self.amount_minor - self.refunded_minor

    @property
    def rest_quantity(self) -> int:
        """Pieces of which none went back as a piece."""
        return self.quantity - self.refunded_quantity


@dataclass(frozen=True, kw_only=True)
class LinePart:
    """The part of one refund that belongs to one line."""

    line_id: uuid.UUID
    sub_order_id: uuid.UUID
    quantity: int | None
    amount_minor: int
