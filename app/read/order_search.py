"""The list of orders: views, dates, and one search box that takes any id."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, false, or_, select, union_all

from app.core import db, ids
from app.core.clock import now
from app.domain.fulfilment.models import Delivery, Entitlement
from app.domain.ledger.models import LedgerJournal
from app.domain.orders.models import CheckoutSession, Order, OrderLine
from app.domain.payments.models import Case, ChannelAccount, PaymentAttempt, PaymentTransaction
from app.read import paging

PAGE = 50
SLOW = timedelta(minutes=10)  # paid for longer than this without its goods is trouble
MAX_TROUBLE = 500
MAX_MATCHES = 1000  # orders that one text may find in one way

VIEWS: dict[str, tuple[str, ...]] = {
    "all": (),
    "open": ("created", "paying"),
    "paid": ("paid", "fulfilling", "fulfilled", "completed"),
    "refunds": (),
    "closed": ("closed",),
    "trouble": (),
}


@dataclass(frozen=True, kw_only=True)
class OrderFilter:
    """What to list. `view` is one of VIEWS; dates are moments, `until` is exclusive."""

    view: str = "all"
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class OrderRow:
    """One row of the list."""

    id: uuid.UUID
    created_at: datetime
    status: str
    close_reason: str | None
    total_minor: int
    refunded_minor: int
    currency: str
    buyer_reference: str
    buyer_email: str | None
    title: str
    quantity: int

    @property
    def shown_status(self) -> str:
        """The state as people read it: part of the money back is worth a word of its own."""
        return "partly_refunded" if 0 < self.refunded_minor < self.total_minor else self.status


def search(
    business_id: uuid.UUID, wanted: OrderFilter, *, cursor: str | None = None, limit: int = PAGE
) -> paging.Page[OrderRow]:
    """Orders, newest first."""
    query = (
        select(
            Order.id,
            Order.created_at,
            Order.status,
            Order.close_reason,
            Order.total_minor,
            Order.refunded_minor,
            Order.currency,
            Order.buyer_reference,
            Order.buyer_email,
        )
        .where(Order.business_id == business_id, *_conditions(business_id, wanted))
        .order_by(Order.created_at.desc(), Order.id.desc())
        .limit(limit + 1)
    )
    beyond = paging.after(Order.created_at, Order.id, cursor)
    if beyond is not None:
        query = query.where(beyond)
    with db.reading(business_id):
        found, next_cursor = paging.cut(db.rows(query), limit)
        titles = _titles(business_id, [row.id for row in found])
    rows = tuple(_row(row, *titles.get(row.id, ("", 0))) for row in found)
    return paging.Page(rows, next_cursor)


def find_one(business_id: uuid.UUID, text: str) -> uuid.UUID | None:
    """The order that an id of any of its parts leads to; None when the text is no id or leads nowhere."""
    query = _by_id(business_id, text.strip())
    if query is None:
        return None
    with db.reading(business_id):
        found: uuid.UUID | None = db.scalar(
            select(Order.id).where(Order.business_id == business_id, Order.id.in_(query)).limit(1)
        )
    return found


def in_trouble(business_id: uuid.UUID) -> Select[Any]:
    """Ids of orders that people should look at: an open case, a payment nobody knows the end of,
    or money taken for longer than SLOW without its goods. At most MAX_TROUBLE."""
    cases = select(Case.order_id).where(
        Case.business_id == business_id, Case.status == "open", Case.order_id.is_not(None)
    )
    unknown = (
        select(PaymentTransaction.order_id)
        .join(
            PaymentAttempt,
            and_(
                PaymentAttempt.business_id == PaymentTransaction.business_id,
                PaymentAttempt.transaction_id == PaymentTransaction.id,
            ),
        )
        .where(
            PaymentAttempt.business_id == business_id,
            PaymentAttempt.next_ask_at.is_not(None),
            PaymentAttempt.status == "unknown",
            PaymentTransaction.order_id.is_not(None),
        )
    )
    slow = select(Order.id).where(
        Order.business_id == business_id,
        Order.status.in_(("paid", "fulfilling")),
        Order.paid_at < now() - SLOW,
    )
    together = union_all(cases, unknown, slow).subquery()
    return select(together.c[0]).distinct().limit(MAX_TROUBLE)


def _conditions(business_id: uuid.UUID, wanted: OrderFilter) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if statuses := VIEWS.get(wanted.view):
        conditions.append(Order.status.in_(statuses))
    if wanted.view == "refunds":
        conditions.append(or_(Order.refunded_minor > 0, Order.status.in_(("refunding", "refunded"))))
    if wanted.view == "trouble":
        conditions.append(Order.id.in_(in_trouble(business_id)))
    if wanted.since is not None:
        conditions.append(Order.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(Order.created_at < wanted.until)
    if text := wanted.text.strip():
        conditions.append(_matches(business_id, text))
    return conditions


def _matches(business_id: uuid.UUID, text: str) -> ColumnElement[bool]:
    if "\x00" in text:
        return false()
    by_id = _by_id(business_id, text)
    if by_id is not None:
        return Order.id.in_(by_id)
    return Order.id.in_(union_all(*(select(way.subquery()) for way in _ways(business_id, text))))


def _ways(business_id: uuid.UUID, text: str) -> Sequence[Select[Any]]:
    """Each way from a text that is no id to orders, by an index of its own: what an OR over them could not use."""
    orders = select(Order.id).where(Order.business_id == business_id)
    if "@" in text:
        by_email = orders.where(Order.buyer_email.in_({text, text.lower()}))
        return [by_email.limit(MAX_MATCHES), orders.where(Order.buyer_reference == text).limit(MAX_MATCHES)]
    accounts = select(ChannelAccount.id).where(ChannelAccount.business_id == business_id)
    by_channel_ref = (
        select(PaymentTransaction.order_id)
        .join(
            PaymentAttempt,
            and_(
                PaymentAttempt.business_id == PaymentTransaction.business_id,
                PaymentAttempt.transaction_id == PaymentTransaction.id,
            ),
        )
        .where(
            PaymentAttempt.business_id == business_id,
            PaymentAttempt.channel_account_id.in_(accounts),
            PaymentAttempt.channel_ref == text,
        )
    )
    by_buyer = orders.where(*_begins(Order.buyer_reference, text))
    by_email = orders.where(*_begins(Order.buyer_email, text.lower()))
    return [by_channel_ref.limit(MAX_MATCHES), by_buyer.limit(MAX_MATCHES), by_email.limit(MAX_MATCHES)]


def _begins(column: Any, text: str) -> Sequence[ColumnElement[bool]]:
    """Behind row-level security an index serves comparisons but no LIKE, so the span is named as well."""
    return column >= text, column < text + chr(0x10FFFF), column.startswith(text, autoescape=True)


def _by_id(business_id: uuid.UUID, text: str) -> Select[Any] | None:
    """The query that leads from an id of any kind to its order; None when the text is no id."""
    prefix, _, _ = text.rpartition("_")
    row_id = ids.try_parse(text)
    if row_id is None:
        return None
    transactions = select(PaymentTransaction.order_id).where(PaymentTransaction.business_id == business_id)
    through_attempt = transactions.join(
        PaymentAttempt,
        and_(
            PaymentAttempt.business_id == PaymentTransaction.business_id,
            PaymentAttempt.transaction_id == PaymentTransaction.id,
        ),
    )
    through_delivery = select(Delivery.order_id).join(
        Entitlement,
        and_(Entitlement.business_id == Delivery.business_id, Entitlement.delivery_id == Delivery.id),
    )
    by_transaction = transactions.where(PaymentTransaction.id == row_id)
    ways: dict[str, Select[Any]] = {
        "ord": select(Order.id).where(Order.business_id == business_id, Order.id == row_id),
        "txn": by_transaction,
        "rfd": by_transaction,
        "att": through_attempt.where(PaymentAttempt.id == row_id),
        "ses": select(CheckoutSession.order_id).where(
            CheckoutSession.business_id == business_id, CheckoutSession.id == row_id
        ),
        "dlv": select(Delivery.order_id).where(Delivery.business_id == business_id, Delivery.id == row_id),
        "ent": through_delivery.where(Delivery.business_id == business_id, Entitlement.id == row_id),
        "ldg": select(LedgerJournal.order_id).where(
            LedgerJournal.business_id == business_id, LedgerJournal.id == row_id
        ),
    }
    return ways.get(prefix)


def _row(row: Row[Any], title: str, quantity: int) -> OrderRow:
    return OrderRow(**row._mapping, title=title, quantity=quantity)


def _titles(business_id: uuid.UUID, order_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[str, int]]:
    if not order_ids:
        return {}
    lines = (
        select(OrderLine.order_id, OrderLine.title, OrderLine.quantity)
        .where(OrderLine.business_id == business_id, OrderLine.order_id.in_(order_ids))
        .order_by(OrderLine.position)
        .limit(len(order_ids) * 50)
    )
    titles: dict[uuid.UUID, tuple[str, int]] = {}
    for row in db.rows(lines):
        titles.setdefault(row.order_id, (row.title, row.quantity))
    return titles
