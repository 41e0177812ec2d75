"""Payment orders, their lines, and what waits to be ordered."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Select, and_, cast, func, select
from sqlalchemy.orm import Mapped

from app.core import db, paging
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.payments.channels import registry
from app.domain.payments.models import ChannelAccount, PaymentAttempt, PaymentTransaction
from app.domain.payments.payment_orders import service
from app.domain.payments.payment_orders.models import PaymentOrder, PaymentOrderLine
from app.domain.payments.payment_orders.states import PaymentLineStatus

if TYPE_CHECKING:

    class OrderRow(PaymentOrder):
        """A payment order with the name of its bank account."""

        account_name: Mapped[str]

    class LineRow(PaymentOrderLine):
        """A line with its movement and payee, as `account` and `name`."""

        transaction_id: Mapped[uuid.UUID]
        kind: Mapped[str]
        payee: Mapped[dict[str, Any]]
        movement_reason: Mapped[str]

else:
    OrderRow, LineRow = PaymentOrder, PaymentOrderLine

PAGE = 50
MAX_ACCOUNTS = 100
orders, lines, accounts = db.table(PaymentOrder), db.table(PaymentOrderLine), db.table(ChannelAccount)
attempts, transactions = db.table(PaymentAttempt), db.table(PaymentTransaction)


class LineSum(db.JoinedRow):
    """How many lines of an order have a status, and what they come to in minor units."""

    payment_order_id: uuid.UUID
    status: str
    count: int
    total_minor: int


@dataclass(frozen=True)
class OrderPage:
    """A payment order and how its lines stand, by status."""

    row: OrderRow
    sums: tuple[LineSum, ...]

    @property
    def id(self) -> uuid.UUID:
        """The order's."""
        return self.row.id

    @property
    def created_at(self) -> datetime:
        """When it was made."""
        return self.row.created_at

    @property
    def waiting_count(self) -> int:
        """Lines whose end nobody knows."""
        return sum(each.count for each in self.sums if each.status == PaymentLineStatus.WAITING)


@dataclass(frozen=True)
class Batch:
    """What waits at one bank account in one currency; `is_more`: beyond what one order takes."""

    account_id: uuid.UUID
    account_name: str
    currency: str
    count: int
    total_minor: int
    oldest_at: datetime
    is_more: bool


def list_orders(business_id: uuid.UUID, *, status: str, after: After, limit: int = PAGE) -> list[OrderPage]:
    """Payment orders with this status (all when empty), newest first, one more than `limit`."""
    found = _orders(business_id)
    if status:
        found = found.where(orders.c.status == status)
    with db.reading(business_id):
        return _with_sums(business_id, db.rows(newest_first(found, orders, after, limit)))


def page_of_orders(business_id: uuid.UUID, *, status: str, cursor: str) -> paging.Page[OrderPage]:
    """A page of the portal's list."""
    found = list_orders(business_id, status=status, after=paging.key_of(cursor))
    shown, next_cursor = paging.cut(found, PAGE)
    return paging.Page(tuple(shown), next_cursor)


def get_order(business_id: uuid.UUID, order_id: uuid.UUID) -> OrderPage:
    """One payment order.

    Raises:
        NotFound: the business has no such payment order.
    """
    with db.reading(business_id):
        found = _with_sums(business_id, db.rows(_orders(business_id).where(orders.c.id == order_id)))
    if not found:
        raise NotFound("not_found", "There is no such payment order.")
    return found[0]


def list_lines(business_id: uuid.UUID, order_id: uuid.UUID, *, after: After, limit: int = PAGE) -> list[LineRow]:
    """The order's lines, newest first, one more than `limit`."""
    found = _lines(business_id).where(lines.c.payment_order_id == order_id)
    with db.reading(business_id):
        return list(db.rows(newest_first(found, lines, after, limit)))


def page_of_lines(business_id: uuid.UUID, order_id: uuid.UUID, *, cursor: str) -> paging.Page[LineRow]:
    """A page of the order's lines in the portal."""
    found = list_lines(business_id, order_id, after=paging.key_of(cursor))
    shown, next_cursor = paging.cut(found, PAGE)
    return paging.Page(tuple(shown), next_cursor)


def get_line(business_id: uuid.UUID, order_id: uuid.UUID, line_id: uuid.UUID) -> LineRow:
    """One line of the order.

    Raises:
        NotFound: the order has no such line.
    """
    with db.reading(business_id):
        row = db.first(_lines(business_id).where(lines.c.payment_order_id == order_id, lines.c.id == line_id))
    if row is None:
        raise NotFound("not_found", "There is no such line.")
    return row


def waiting(business_id: uuid.UUID) -> list[Batch]:
    """What waits for a payment order, by bank account and currency; of each account as much as one order takes."""
    with db.reading(business_id):
        here = accounts.c.business_id == business_id, accounts.c.channel.in_(registry.manual())
        named = db.rows(select(accounts).where(*here).order_by(accounts.c.name).limit(MAX_ACCOUNTS))
        return [batch for account in named for batch in _batches(business_id, account)]


def _batches(business_id: uuid.UUID, account: ChannelAccount) -> list[Batch]:
    found = service.waiting(business_id, [account.id], service.MAX_LINES)
    made = []
    for currency in sorted({each.currency for each in found}):
        some = [each for each in found if each.currency == currency]
        total = sum(each.amount_minor for each in some)
        is_more = len(found) == service.MAX_LINES
        made.append(Batch(account.id, account.name, currency, len(some), total, some[0].created_at, is_more))
    return made


def _with_sums(business_id: uuid.UUID, rows: Sequence[OrderRow]) -> list[OrderPage]:
    if not rows:
        return []
    counted = lines.c.payment_order_id, lines.c.status
    total = cast(func.sum(lines.c.amount_minor), BigInteger)  # the database sums to a decimal
    sums = (
        select(*counted, func.count().label("count"), total.label("total_minor"))
        .where(lines.c.business_id == business_id, lines.c.payment_order_id.in_([row.id for row in rows]))
        .group_by(*counted)
        .order_by(*counted)
    )
    found = db.rows(db.select_as(LineSum, sums))
    return [OrderPage(row, tuple(each for each in found if each.payment_order_id == row.id)) for row in rows]


def _orders(business_id: uuid.UUID) -> Select[OrderRow]:
    return (
        db.select_as(OrderRow, select(orders, accounts.c.name.label("account_name")))
        .join(
            accounts,
            and_(accounts.c.business_id == orders.c.business_id, accounts.c.id == orders.c.channel_account_id),
        )
        .where(orders.c.business_id == business_id)
    )


def _lines(business_id: uuid.UUID) -> Select[LineRow]:
    found = select(
        lines,
        attempts.c.transaction_id,
        attempts.c.kind,
        transactions.c.payee,
        transactions.c.reason.label("movement_reason"),
    )
    return (
        db.select_as(LineRow, found)
        .join(attempts, and_(attempts.c.business_id == lines.c.business_id, attempts.c.id == lines.c.attempt_id))
        .join(
            transactions,
            and_(transactions.c.business_id == attempts.c.business_id, transactions.c.id == attempts.c.transaction_id),
        )
        .where(lines.c.business_id == business_id)
    )
