"""Stock by try, confirm, cancel: rows say what is held, the SKU's two counters follow them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NotRequired, TypedDict, Unpack

from sqlalchemy import bindparam, literal, select, update

from app.core import db, states
from app.core.errors import Conflict
from app.core.ids import new_id
from app.domain.catalog.errors import OutOfStock
from app.domain.catalog.models import Sku, StockChange, StockReservation
from app.domain.catalog.states import RESERVATION, StockStatus


@dataclass(frozen=True)
class StockRequest:
    """Units of one SKU for one order line; `finite` when the SKU counts its stock."""

    sku_id: uuid.UUID
    line_id: uuid.UUID
    quantity: int
    finite: bool


class Why(TypedDict):
    """Why stock changes: as the columns of `stock_changes` have it, with the change's `id` where the caller has one."""

    kind: str
    reason: str
    actor: str
    order_id: NotRequired[uuid.UUID]
    id: NotRequired[uuid.UUID]


def reserve(order_id: uuid.UUID, requests: Sequence[StockRequest], *, expires_at: datetime) -> None:
    """Reserve the units for the order until `expires_at`. SKUs are locked in the order of their ids.

    Raises:
        OutOfStock: fewer are left than wanted (raised when the write is sent).
    """
    for want in sorted(requests, key=lambda each: each.sku_id):
        if want.finite:
            held = _counters(want.sku_id, reserved=Sku.reserved + want.quantity).where(
                Sku.stock - Sku.reserved >= literal(want.quantity)
            )
            db.write(held, expect=1, otherwise=OutOfStock("out_of_stock", "Not enough units left."))
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


def extend(order_id: uuid.UUID, expires_at: datetime) -> None:
    """Move the end of the order's reservations to this moment: its payment takes longer."""
    held = db.table(StockReservation)
    conditions = (
        (held.c.business_id == db.here()) & (held.c.order_id == order_id) & (held.c.status == StockStatus.RESERVED)
    )
    db.write(update(StockReservation).where(conditions).values(expires_at=expires_at))


def confirm(order_id: uuid.UUID) -> None:
    """The order is paid: its reserved units leave the stock."""
    for row in _of(order_id, StockStatus.RESERVED):
        states.advance(RESERVATION, row, StockStatus.CONFIRMED, reason="paid", actor="system")
        if row.finite:
            left = _counters(row.sku_id, stock=Sku.stock - row.quantity, reserved=Sku.reserved - row.quantity)
            db.write(left, expect=1)


def cancel(order_id: uuid.UUID, *, reason: str) -> None:
    """Release the units that the order has reserved. Safe to call again, and without a reservation."""
    for row in _of(order_id, StockStatus.RESERVED):
        states.advance(RESERVATION, row, StockStatus.CANCELLED, reason=reason, actor="system")
        if row.finite:
            db.write(_counters(row.sku_id, reserved=Sku.reserved - row.quantity), expect=1)


def restock(order_id: uuid.UUID, line_ids: Collection[uuid.UUID], *, handed_over: Collection[uuid.UUID] = ()) -> None:
    """Return the units of refunded lines to the stock, where their SKUs are restocked; `handed_over` are lines whose
    deliverable the buyer had."""
    refunded = [row for row in _of(order_id, StockStatus.CONFIRMED) if row.line_id in line_ids]
    skus = {row.id: row for row in locked([row.sku_id for row in refunded])} if refunded else {}
    now = {sku.id: sku.stock for sku in skus.values()}
    for row in refunded:
        rule = skus[row.sku_id].restock
        if rule == "never" or (rule == "undelivered" and row.line_id in handed_over):
            continue
        states.advance(RESERVATION, row, StockStatus.RESTOCKED, reason="refunded", actor="system")
        before = now[row.sku_id]
        if row.finite and before is not None:  # it may have become unlimited since
            now[row.sku_id] = before + row.quantity
            why: Why = {"kind": "restocked", "reason": "refunded", "actor": "system", "order_id": order_id}
            change_stock(row.sku_id, before=before, after=before + row.quantity, **why)


def locked(sku_ids: Collection[uuid.UUID]) -> Sequence[Sku]:
    """These SKUs, locked in the order of their ids."""
    skus = db.table(Sku)
    conditions = (skus.c.business_id == db.here(), skus.c.id.in_(list(sku_ids)))
    return db.rows(select(skus).where(*conditions).order_by(skus.c.id).with_for_update())


def change_stock(sku_id: uuid.UUID, *, before: int | None, after: int | None, **why: Unpack[Why]) -> None:
    """Set the units of a locked SKU, and write down why.

    Raises:
        Conflict: open orders hold more than that.
    """
    write_change(sku_id, before=before, after=after, **why)
    fits = db.change(Sku, sku_id, stock=after)
    if after is not None:
        fits = fits.where(Sku.reserved <= literal(after))
    held_by_orders = Conflict("stock_reserved", "Open orders reserve more units than that.")
    db.write(fits, expect=1, otherwise=held_by_orders)


def write_change(sku_id: uuid.UUID, *, before: int | None, after: int | None, **why: Unpack[Why]) -> None:
    """Write the row of `stock_changes`; the caller changes the SKU."""
    if before != after:
        db.add(StockChange, sku_id=sku_id, before=before, after=after, **why)


held = db.table(StockReservation)
_OF = db.prepared(
    select(held)
    .where(
        held.c.business_id == db.HERE,
        held.c.order_id == bindparam("order"),
        held.c.status == bindparam("status"),
    )
    .order_by(held.c.sku_id)
)


def read_reserved_ahead(order_id: uuid.UUID) -> None:
    """Read what `confirm` goes by behind the next read, in its round trip."""
    db.ahead(_OF, order=order_id, status=StockStatus.RESERVED)


def _of(order_id: uuid.UUID, status: str) -> Sequence[StockReservation]:
    return db.rows(_OF, order=order_id, status=status)


def _counters(sku_id: uuid.UUID, **values: Any) -> Any:
    return update(Sku).where(Sku.business_id == db.here(), Sku.id == sku_id, Sku.stock.is_not(None)).values(**values)
