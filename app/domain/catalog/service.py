"""Stock by try, confirm, cancel: rows say what is held, the SKU's two counters follow them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, literal, select, update

from app.core import db, states
from app.core.ids import new_id
from app.domain.catalog.errors import OutOfStock
from app.domain.catalog.models import Sku, StockReservation
from app.domain.catalog.states import RESERVATION


@dataclass(frozen=True)
class Wanted:
    """Pieces of one SKU for one order line; `finite` when the SKU counts its stock."""

    sku_id: uuid.UUID
    line_id: uuid.UUID
    quantity: int
    finite: bool


def reserve(order_id: uuid.UUID, wanted: Sequence[Wanted], *, expires_at: datetime) -> None:
    """Try: hold the pieces for the order until `expires_at`. SKUs are locked in the order of their ids.

    Raises:
        OutOfStock: fewer are left than wanted (raised when the write is sent).
    """
    for want in sorted(wanted, key=lambda each: each.sku_id):
        if want.finite:
            held = _counters(want.sku_id, reserved=Sku.reserved + want.quantity).where(
                Sku.stock - Sku.reserved >= literal(want.quantity)
            )
            db.write(held, expect=1, otherwise=OutOfStock("out_of_stock", "Not enough pieces are left."))
        reservation_id = new_id()
        db.add(
            StockReservation,
            id=reservation_id,
            sku_id=want.sku_id,
            order_id=order_id,
            line_id=want.line_id,
            quantity=want.quantity,
            finite=want.finite,
            expires_at=expires_at,
        )
        states.born(RESERVATION, reservation_id, reason="order placed", actor="system")


def hold_until(order_id: uuid.UUID, expires_at: datetime) -> None:
    """Hold what is held for the order until then: it is paid in a way that takes longer."""
    held = StockReservation.__table__
    mine = (held.c.business_id == db.here()) & (held.c.order_id == order_id) & (held.c.status == "held")
    db.write(update(StockReservation).where(mine).values(expires_at=expires_at))


def confirm(order_id: uuid.UUID) -> None:
    """Confirm: the held pieces are gone for good."""
    for row in _of(order_id, "held"):
        states.advance(RESERVATION, row, "confirmed", reason="paid", actor="system")
        if row.finite:
            left = _counters(row.sku_id, stock=Sku.stock - row.quantity, reserved=Sku.reserved - row.quantity)
            db.write(left, expect=1)


def cancel(order_id: uuid.UUID, *, reason: str) -> None:
    """Cancel: the held pieces can be bought again. Nothing held is fine."""
    for row in _of(order_id, "held"):
        states.advance(RESERVATION, row, "cancelled", reason=reason, actor="system")
        if row.finite:
            db.write(_counters(row.sku_id, reserved=Sku.reserved - row.quantity), expect=1)


def restock(order_id: uuid.UUID, line_ids: Collection[uuid.UUID]) -> None:
    """Put the pieces of refunded lines back on the shelf."""
    for row in _of(order_id, "confirmed"):
        if row.line_id not in line_ids:
            continue
        states.advance(RESERVATION, row, "restocked", reason="refunded", actor="system")
        if row.finite:
            # No expectation: the SKU may have become unlimited since.
            db.write(_counters(row.sku_id, stock=Sku.stock + row.quantity))


held = StockReservation.__table__
_OF = (
    select(held)
    .where(
        held.c.business_id == bindparam("business"),
        held.c.order_id == bindparam("order"),
        held.c.status == bindparam("status"),
    )
    .order_by(held.c.sku_id)
)


def _of(order_id: uuid.UUID, status: str) -> Sequence[Row[Any]]:
    return db.rows(_OF, business=db.here(), order=order_id, status=status)


def _counters(sku_id: uuid.UUID, **values: Any) -> Any:
    return update(Sku).where(Sku.business_id == db.here(), Sku.id == sku_id, Sku.stock.is_not(None)).values(**values)
