"""Movements of money of every kind, newest first, each with its last attempt."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped

from app.core import db
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.orders.models import Order
from app.domain.orders.types import MAX_LINES
from app.domain.payments.models import ChannelAccount, PaymentAttempt, PaymentTransaction, TransactionDetail
from app.domain.payments.states import TransactionStatus

Kind = Literal["charge", "deduction", "refund", "top_up", "withdrawal", "transfer", "payout"]
Status = Literal["pending", "succeeded", "failed", "cancelled", "returned"]

if TYPE_CHECKING:

    class MovementRow(PaymentTransaction):
        """A transaction with the buyer of its order, where it is of one."""

        kind: Mapped[Kind]
        order_buyer: Mapped[str | None]

    class NamedAttempt(PaymentAttempt):
        """An attempt with the name of its account."""

        account_name: Mapped[str]

else:
    MovementRow, NamedAttempt = PaymentTransaction, PaymentAttempt

DetailRow = TransactionDetail  # for those who show one
PAGE = 50
_SHOWN: dict[str, Status] = {
    TransactionStatus.OPEN: "pending",
    TransactionStatus.SUCCEEDED: "succeeded",
    TransactionStatus.FAILED: "failed",
    TransactionStatus.CANCELLED: "cancelled",
    TransactionStatus.RETURNED: "returned",
}
KINDS: tuple[Kind, ...] = ("charge", "deduction", "refund", "top_up", "withdrawal", "transfer", "payout")

transactions = db.table(PaymentTransaction)
attempts = db.table(PaymentAttempt)
accounts = db.table(ChannelAccount)
orders = db.table(Order)
details = db.table(TransactionDetail)


@dataclass(frozen=True, kw_only=True)
class MovementFilter:
    """What to list; what is empty does not narrow. `until` is exclusive, `buyer` is whose wallet gives or gets
    (of a transfer the payer)."""

    kind: str | None = None
    status: str | None = None
    channel: str | None = None
    buyer: str | None = None
    order_id: uuid.UUID | None = None
    seller_id: uuid.UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Movement:
    """One movement; `attempt` is its last one, or None before any was made; `details` say whose it is."""

    row: MovementRow
    attempt: NamedAttempt | None
    details: tuple[DetailRow, ...] = ()

    @property
    def id(self) -> uuid.UUID:
        """The transaction's."""
        return self.row.id

    @property
    def created_at(self) -> datetime:
        """When it was asked for."""
        return self.row.created_at

    @property
    def buyer(self) -> str | None:
        """Whose wallet it is, or who placed its order."""
        return self.row.buyer_reference or self.row.order_buyer

    @property
    def status(self) -> Status:
        """`pending` until it is decided."""
        return _SHOWN[self.row.status]


def list_movements(
    business_id: uuid.UUID, filters: MovementFilter, *, after: After, limit: int = PAGE
) -> list[Movement]:
    """Movements older than `after`, newest first, one more than `limit`."""
    query = newest_first(movements(business_id).where(*_conditions(filters)), transactions, after, limit)
    with db.reading(business_id):
        rows = db.rows(query)
        keys = [row.id for row in rows]
        last, parts = last_attempts(business_id, keys), details_of(business_id, keys)
    return [Movement(row, last.get(row.id), tuple(parts.get(row.id, ()))) for row in rows]


def get_movement(business_id: uuid.UUID, transaction_id: uuid.UUID, *, kind: str | None = None) -> Movement:
    """One movement, of this kind when one is named.

    Raises:
        NotFound: the business has no such movement.
    """
    with db.reading(business_id):
        row = db.first(movements(business_id).where(transactions.c.id == transaction_id))
        if row is None or kind not in (None, row.kind):
            raise NotFound("not_found", "There is no such movement.")
        parts = details_of(business_id, [row.id]).get(row.id, ())
        return Movement(row, last_attempts(business_id, [row.id]).get(row.id), tuple(parts))


def movements(business_id: uuid.UUID) -> Select[MovementRow]:
    """The query of all of a business's movements."""
    return (
        db.select_as(MovementRow, select(transactions, orders.c.buyer_reference.label("order_buyer")))
        .outerjoin(
            orders, and_(orders.c.business_id == transactions.c.business_id, orders.c.id == transactions.c.order_id)
        )
        .where(transactions.c.business_id == business_id)
    )


def _conditions(filters: MovementFilter) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.kind:
        conditions.append(transactions.c.kind == filters.kind)
    if filters.status:
        conditions.append(transactions.c.status == filters.status)
    if filters.buyer:
        conditions.append(transactions.c.buyer_reference == filters.buyer)
    if filters.order_id:
        conditions.append(transactions.c.order_id == filters.order_id)
    if filters.seller_id:
        conditions.append(of_seller(filters.seller_id))
    if filters.since:
        conditions.append(transactions.c.created_at >= filters.since)
    if filters.until:
        conditions.append(transactions.c.created_at < filters.until)
    if filters.channel:
        tried = exists().where(
            attempts.c.business_id == transactions.c.business_id,
            attempts.c.transaction_id == transactions.c.id,
            attempts.c.channel == filters.channel,
        )
        conditions.append(tried)
    return conditions


def of_seller(seller_id: uuid.UUID | None) -> ColumnElement[bool]:
    """Movements of which a part is this seller's; None is nobody."""
    return exists().where(
        details.c.business_id == transactions.c.business_id,
        details.c.transaction_id == transactions.c.id,
        details.c.seller_id == seller_id,
    )


def details_of(business_id: uuid.UUID, transaction_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[DetailRow]]:
    """What of each of these movements is whose, in the order in which it was written; in an open reading."""
    found: dict[uuid.UUID, list[DetailRow]] = defaultdict(list)
    if transaction_ids:
        mine = details.c.business_id == business_id, details.c.transaction_id.in_(transaction_ids)
        query = select(details).where(*mine).order_by(details.c.transaction_id, details.c.id)
        for row in db.rows(query.limit(MAX_LINES * len(transaction_ids))):
            found[row.transaction_id].append(row)
    return found


def last_attempts(business_id: uuid.UUID, transaction_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, NamedAttempt]:
    """The last attempt of each of these."""
    if not transaction_ids:
        return {}
    query = (
        db.select_as(NamedAttempt, select(attempts, accounts.c.name.label("account_name")))
        .ext(distinct_on(attempts.c.transaction_id))
        .join(
            accounts,
            and_(accounts.c.business_id == attempts.c.business_id, accounts.c.id == attempts.c.channel_account_id),
        )
        .where(attempts.c.business_id == business_id, attempts.c.transaction_id.in_(transaction_ids))
        .order_by(attempts.c.transaction_id, attempts.c.created_at.desc(), attempts.c.id.desc())
    )
    return {row.transaction_id: row for row in db.rows(query)}
