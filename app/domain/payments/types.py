"""Values that callers of the payments noun pass in and get back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, kw_only=True)
class Payee:
    """Whose account outside gets money: `account` is what the payment company knows it by (an IBAN, a number)."""

    account: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class RefundLineCommand:
    """Money wanted back for one line of an order: whole units, or an amount in minor units; exactly one of them."""

    line_id: uuid.UUID
    quantity: int | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, kw_only=True)
class RefundableLine:
    """One line of an order and what went back of it, or is on its way back; amounts in minor units."""

    line_id: uuid.UUID
    sub_order_id: uuid.UUID
    seller_id: uuid.UUID | None = None
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
        """Units of which none was refunded as a unit."""
        return self.quantity - self.refunded_quantity


@dataclass(frozen=True, kw_only=True)
class LinePart:
    """The part of one refund that belongs to one line."""

    line_id: uuid.UUID
    sub_order_id: uuid.UUID
    seller_id: uuid.UUID | None = None
    quantity: int | None
    amount_minor: int


class DetailPart(NamedTuple):
    """The part of a movement that is one seller's (None: the business's own) in one sub-order, in minor units."""

    sub_order_id: uuid.UUID
    seller_id: uuid.UUID | None
    amount_minor: int


@dataclass(frozen=True)
class WalletPortion:
    """How much of an order is to come from the buyer's wallet: so many minor units, or (None) as much as is there."""

    minor: int | None

    @classmethod
    def of(cls, *, minor: int | None, as_much_as_there_is: bool) -> WalletPortion:
        """What a caller asked for, who may say an amount, or "as much as there is", or nothing."""
        return cls(minor or 0) if minor is not None or not as_much_as_there_is else cls(None)


NOTHING_FROM_WALLET = WalletPortion(0)
