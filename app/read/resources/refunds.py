"""Refunds: the payment transactions that give money back."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row, Table, select

from app.core import db
from app.core.errors import NotFound
from app.domain.payments.models import PaymentTransaction
from app.read.resources.keys import After, newest_first

transactions: Table = PaymentTransaction.__table__  # type: ignore[assignment]


def list_refunds(business_id: uuid.UUID, *, order_id: uuid.UUID | None, after: After, limit: int) -> list[Row[Any]]:
    """Refunds, newest first."""
    statement = select(transactions).where(transactions.c.business_id == business_id, transactions.c.kind == "refund")
    if order_id is not None:
        statement = statement.where(transactions.c.order_id == order_id)
    with db.reading(business_id):
        return list(db.rows(newest_first(statement, transactions, after, limit)))


def get_refund(business_id: uuid.UUID, refund_id: uuid.UUID) -> Row[Any]:
    """One refund.

    Raises:
        NotFound: the business has no such refund.
    """
    statement = select(transactions).where(
        transactions.c.business_id == business_id, transactions.c.id == refund_id, transactions.c.kind == "refund"
    )
    with db.reading(business_id):
        found = db.first(statement)
    if found is None:
        raise NotFound("not_found", "There is no such refund.")
    return found
