"""Refunds: the payment transactions that give money back."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, select

from app.core import db
from app.core.errors import NotFound
from app.domain.payments.models import PaymentTransaction, RefundLine
from app.read.resources.keys import After, newest_first

transactions: Table = PaymentTransaction.__table__  # type: ignore[assignment]
lines: Table = RefundLine.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Refund:
    """One refund and the lines of the order that it gives back, in the order they were written."""

    row: Row[Any]
    lines: tuple[Row[Any], ...]


def list_refunds(business_id: uuid.UUID, *, order_id: uuid.UUID | None, after: After, limit: int) -> list[Refund]:
    """Refunds, newest first, one more than `limit`."""
    statement = select(transactions).where(transactions.c.business_id == business_id, transactions.c.kind == "refund")
    if order_id is not None:
        statement = statement.where(transactions.c.order_id == order_id)
    with db.reading(business_id):
        return _with_lines(business_id, db.rows(newest_first(statement, transactions, after, limit)))


def get_refund(business_id: uuid.UUID, refund_id: uuid.UUID) -> Refund:
    """One refund.

    Raises:
        NotFound: the business has no such refund.
    """
    statement = select(transactions).where(
        transactions.c.business_id == business_id, transactions.c.id == refund_id, transactions.c.kind == "refund"
    )
    with db.reading(business_id):
        found = db.rows(statement)
        if not found:
            raise NotFound("not_found", "There is no such refund.")
        return _with_lines(business_id, found)[0]


def _with_lines(business_id: uuid.UUID, found: Sequence[Row[Any]]) -> list[Refund]:
    by_refund: dict[uuid.UUID, list[Row[Any]]] = defaultdict(list)
    if found:
        of_these = select(lines).where(
            lines.c.business_id == business_id, lines.c.transaction_id.in_([row.id for row in found])
        )
        for line in db.rows(of_these.order_by(lines.c.id)):
            by_refund[line.transaction_id].append(line)
    return [Refund(row, tuple(by_refund[row.id])) for row in found]
