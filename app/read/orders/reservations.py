"""What orders hold: units of stock, shares of wallets, and what merchants' own systems keep, in one list."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, cast, func, literal, literal_column, null, select, union_all
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.types import BigInteger, DateTime, Text

from app.core import clock, db, paging
from app.core.db.typed import AnySelect
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.catalog.models import Sku, StockReservation
from app.domain.catalog.states import StockStatus
from app.domain.orders.models import Order
from app.domain.orders.reservations.models import Reservation
from app.domain.orders.reservations.states import UNSETTLED, ReservationStatus

PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What the list is narrowed to. `state`: open (not finalised), stuck, or everything when empty or `all`."""

    order_id: uuid.UUID | None = None
    reservation_id: uuid.UUID | None = None
    participant: str = ""
    state: str = ""


class ReservationRow(db.JoinedRow):
    """Something held for an order, with the order's status and the SKU's code. `participant` is who holds it: stock,
    wallet or remote; a wallet has an amount, the others a SKU and a quantity."""

    id: uuid.UUID
    created_at: datetime
    order_id: uuid.UUID
    participant: str
    status: str
    target: str
    sku_id: uuid.UUID | None
    quantity: int | None
    amount_minor: int | None
    currency: str | None
    expires_at: datetime
    attempt_count: int
    next_attempt_at: datetime | None
    error: str | None
    order_status: str
    sku_code: str | None


class _Counts(db.JoinedRow):
    open: int
    stuck: int
    late: int


def list_reservations(business_id: uuid.UUID, filters: Filter, *, after: After, limit: int) -> list[ReservationRow]:
    """Reservations, newest first, one more than `limit`."""
    statement, found = _shown(business_id, filters)
    with db.reading(business_id):
        return list(db.rows(newest_first(statement, found, after, limit)))


def _shown(business_id: uuid.UUID, filters: Filter) -> tuple[Select[ReservationRow], Any]:
    found = _both(business_id, filters).subquery("found")
    orders, skus = db.table(Order), db.table(Sku)
    statement = (
        select(found, orders.c.status.label("order_status"), skus.c.code.label("sku_code"))
        .join(orders, and_(orders.c.business_id == business_id, orders.c.id == found.c.order_id))
        .outerjoin(skus, and_(skus.c.business_id == business_id, skus.c.id == found.c.sku_id))
    )
    return db.select_as(ReservationRow, statement), found


def page_of_reservations(business_id: uuid.UUID, filters: Filter, *, cursor: str) -> paging.Page[ReservationRow]:
    """A page of the portal's list."""
    found = list_reservations(business_id, filters, after=paging.key_of(cursor), limit=PAGE)
    shown, next_cursor = paging.cut(found, PAGE)
    return paging.Page(tuple(shown), next_cursor)


def one_reservation(business_id: uuid.UUID, reservation_id: uuid.UUID) -> ReservationRow:
    """One of them, as the list has it.

    Raises:
        NotFound: the business has no such reservation.
    """
    with db.reading(business_id):
        row = db.first(_shown(business_id, Filter(reservation_id=reservation_id))[0])
    if row is None:
        raise NotFound("not_found", "There is no such reservation.")
    return row


def counts(business_id: uuid.UUID) -> dict[str, int]:
    """How many are open, and how many are stuck or late: told an hour after their time, or held beyond their expiry."""
    found = _both(business_id, Filter(state="open")).subquery("found")
    stuck = func.count().filter(found.c.status == ReservationStatus.STUCK)
    late = func.count().filter(found.c.expires_at < clock.now())
    counted = select(func.count().label("open"), stuck.label("stuck"), late.label("late")).select_from(found)
    with db.reading(business_id):
        row = db.first(db.select_as(_Counts, counted))
    assert row is not None  # sums always give a row
    return {"open": row.open, "stuck": row.stuck, "late": row.late}


def _both(business_id: uuid.UUID, filters: Filter) -> Any:
    parts = []
    if filters.participant in ("", "stock"):
        parts.append(_stock(business_id, filters))
    if filters.participant in ("", "wallet", "remote"):
        parts.append(_others(business_id, filters))
    return union_all(*parts) if len(parts) > 1 else parts[0]


def _stock(business_id: uuid.UUID, filters: Filter) -> AnySelect:
    table = db.table(StockReservation)
    as_target = func.replace(table.c.status, StockStatus.RESTOCKED, StockStatus.CONFIRMED)
    as_target = func.replace(as_target, StockStatus.CONFIRMED, "confirm")
    as_target = func.replace(as_target, StockStatus.CANCELLED, "cancel")
    as_target = func.replace(as_target, StockStatus.RESERVED, "reserve")
    statement = select(
        table.c.id,
        table.c.created_at,
        table.c.order_id,
        literal("stock").label("participant"),
        table.c.status,
        as_target.label("target"),
        table.c.sku_id,
        table.c.quantity,
        cast(null(), BigInteger).label("amount_minor"),
        cast(null(), Text).label("currency"),
        table.c.expires_at,
        literal(0).label("attempt_count"),
        cast(null(), DateTime(timezone=True)).label("next_attempt_at"),
        cast(null(), Text).label("error"),
    )
    return statement.where(*_narrowed(table, business_id, filters))


def _others(business_id: uuid.UUID, filters: Filter) -> AnySelect:
    table = db.table(Reservation)
    statement = select(
        table.c.id,
        table.c.created_at,
        table.c.order_id,
        table.c.kind.label("participant"),
        table.c.status,
        table.c.target,
        cast(table.c.sku_id, UUID(as_uuid=True)).label("sku_id"),
        table.c.quantity,
        table.c.amount_minor,
        table.c.currency,
        table.c.expires_at,
        table.c.attempt_count,
        table.c.next_attempt_at,
        table.c.error,
    ).where(*_narrowed(table, business_id, filters))
    return statement.where(table.c.kind == filters.participant) if filters.participant else statement


def _narrowed(table: Any, business_id: uuid.UUID, filters: Filter) -> list[ColumnElement[bool]]:
    conditions = [table.c.business_id == business_id]
    if filters.reservation_id is not None:
        conditions.append(table.c.id == filters.reservation_id)
    if filters.order_id is not None:
        conditions.append(table.c.order_id == filters.order_id)
    if filters.state == "open":
        # What is confirmed but to be taken back is open as well.
        # Of stock nothing but what is held is open, which an index of its own knows.
        is_open = (
            table.c.status.in_(UNSETTLED) | table.c.next_attempt_at.is_not(None)
            if "next_attempt_at" in table.columns
            else None
        )
        conditions.append(table.c.status == literal_column(f"'{StockStatus.RESERVED}'") if is_open is None else is_open)
    elif filters.state == "stuck":
        conditions.append(table.c.status == ReservationStatus.STUCK)
    return conditions
