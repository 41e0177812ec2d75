"""Refunds: the payment transactions that give money back. One that was asked for as one is one here, whatever number
of sources its money returns to."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from app.core import db
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.payments.models import PaymentAttempt, PaymentTransaction, RefundLine
from app.domain.payments.states import TransactionStatus

if TYPE_CHECKING:

    class RefundPart(PaymentTransaction):
        """A refund's transaction with the channel that it returns money to."""

        channel: Mapped[str]

else:
    RefundPart = PaymentTransaction

transactions = db.table(PaymentTransaction)
lines = db.table(RefundLine)

MAX_LINES = 100  # of one refund


@dataclass(frozen=True)
class Refund:
    """A refund: the row of its first transaction, all of them, and the lines of the order that they give back, in the
    order they were written."""

    row: PaymentTransaction
    parts: tuple[RefundPart, ...]
    lines: tuple[RefundLine, ...]

    @property
    def amount_minor(self) -> int:
        """What goes back in all, minor units."""
        return sum(part.amount_minor for part in self.parts)

    @property
    def status(self) -> str:
        """`open` while any part is; else `succeeded` when all did, or what the first part that did not came to."""
        states = [part.status for part in self.parts]
        if TransactionStatus.OPEN in states:
            return TransactionStatus.OPEN
        return next((state for state in states if state != TransactionStatus.SUCCEEDED), TransactionStatus.SUCCEEDED)


def list_refunds(business_id: uuid.UUID, *, order_id: uuid.UUID | None, after: After, limit: int) -> list[Refund]:
    """Refunds, newest first, one more than `limit`."""
    statement = select(transactions).where(
        transactions.c.business_id == business_id,
        transactions.c.kind == "refund",
        transactions.c.split_of.is_(None),
    )
    if order_id is not None:
        statement = statement.where(transactions.c.order_id == order_id)
    with db.reading(business_id):
        return _whole(business_id, db.rows(newest_first(statement, transactions, after, limit)))


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
        return _whole(business_id, found)[0]


def _whole(business_id: uuid.UUID, found: Sequence[PaymentTransaction]) -> list[Refund]:
    if not found:
        return []
    sent = db.table(PaymentAttempt).alias("sent")
    ids = [row.id for row in found]
    rows = db.rows(
        db.select_as(RefundPart, select(transactions, sent.c.channel))
        .join(
            sent,
            (sent.c.business_id == transactions.c.business_id) & (sent.c.transaction_id == transactions.c.id),
        )
        .where(
            transactions.c.business_id == business_id,
            transactions.c.order_id.in_({row.order_id for row in found}),
            transactions.c.id.in_(ids) | transactions.c.split_of.in_(ids),
        )
        .order_by(transactions.c.split_of.is_not(None), transactions.c.id)
        .limit(2 * len(ids))
    )
    parts: dict[uuid.UUID, list[RefundPart]] = defaultdict(list)
    for row in rows:
        parts[row.split_of if row.split_of in ids else row.id].append(row)
    of_these = _lines_of(business_id, [row.id for row in rows])
    return [
        Refund(row, tuple(parts[row.id]), tuple(line for part in parts[row.id] for line in of_these[part.id]))
        for row in found
    ]


def _lines_of(business_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[RefundLine]]:
    by_refund: dict[uuid.UUID, list[RefundLine]] = defaultdict(list)
    statement = select(lines).where(lines.c.business_id == business_id, lines.c.transaction_id.in_(ids))
    for line in db.rows(statement.order_by(lines.c.id).limit(MAX_LINES * len(ids))):
        by_refund[line.transaction_id].append(line)
    return by_refund
