"""Orders with their lines."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, Table, select

from app.core import db
from app.core.errors import NotFound
from app.domain.orders.models import Order, OrderLine
from app.domain.payments.models import PaymentAttempt, PaymentTransaction
from app.read.resources.keys import After, newest_first

orders: Table = Order.__table__  # type: ignore[assignment]
lines: Table = OrderLine.__table__  # type: ignore[assignment]
attempts: Table = PaymentAttempt.__table__  # type: ignore[assignment]

MAX_LINES = 100


@dataclass(frozen=True)
class OrderWithLines:
    """A row of `orders` and its lines by position."""

    row: Row[Any]
    lines: tuple[Row[Any], ...]


def list_orders(
    business_id: uuid.UUID, *, status: str | None, buyer_reference: str | None, after: After, limit: int
) -> list[OrderWithLines]:
    """Orders, newest first."""
    statement = select(orders).where(orders.c.business_id == business_id)
    if status is not None:
        statement = statement.where(orders.c.status == status)
    if buyer_reference is not None:
        statement = statement.where(orders.c.buyer_reference == buyer_reference)
    with db.reading(business_id):
        found = db.rows(newest_first(statement, orders, after, limit))
        return _with_lines(business_id, found)


def get_order(business_id: uuid.UUID, order_id: uuid.UUID) -> OrderWithLines:
    """One order.

    Raises:
        NotFound: the business has no such order.
    """
    with db.reading(business_id):
        found = db.rows(select(orders).where(orders.c.business_id == business_id, orders.c.id == order_id))
        if not found:
            raise NotFound("not_found", "There is no such order.")
        return _with_lines(business_id, found)[0]


def get_order_with_charge(business_id: uuid.UUID, order_id: uuid.UUID) -> tuple[OrderWithLines, Row[Any]]:
    """One order and its newest attempt to be paid.

    Raises:
        NotFound: the business has no such order, or nobody tried to pay it.
    """
    with db.reading(business_id):
        order = get_order(business_id, order_id)
        charge = db.first(_last_charge(business_id, order_id))
    if charge is None:
        raise NotFound("not_found", "Nobody tried to pay this order.")
    return order, charge


def _last_charge(business_id: uuid.UUID, order_id: uuid.UUID) -> Select[Any]:
    return (
        select(attempts)
        .join(
            PaymentTransaction,
            (PaymentTransaction.business_id == attempts.c.business_id)
            & (PaymentTransaction.id == attempts.c.transaction_id),
        )
        .where(
            attempts.c.business_id == business_id,
            PaymentTransaction.order_id == order_id,
            PaymentTransaction.kind == "charge",
        )
        .order_by(attempts.c.id.desc())
        .limit(1)
    )


def _with_lines(business_id: uuid.UUID, found: Sequence[Row[Any]]) -> list[OrderWithLines]:
    by_order: dict[uuid.UUID, list[Row[Any]]] = defaultdict(list)
    if found:
        of_these = (
            select(lines)
            .where(lines.c.business_id == business_id, lines.c.order_id.in_([row.id for row in found]))
            .order_by(lines.c.order_id, lines.c.position)
            .limit(MAX_LINES * len(found))
        )
        for line in db.rows(of_these):
            by_order[line.order_id].append(line)
    return [OrderWithLines(row, tuple(by_order[row.id])) for row in found]
