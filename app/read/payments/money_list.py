"""What the lists of payments and refunds share."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, select

from app.core import db, ids
from app.core.lists import Column, ListRequest
from app.core.money import known_currencies
from app.domain.orders.models import Order
from app.domain.payments.models import ChannelAccount, PaymentAttempt, PaymentTransaction
from app.read.finding import MAX_MATCHES
from app.read.named_row import IdRow, NamedRow
from app.read.order_search import matches

orders, transactions = db.table(Order), db.table(PaymentTransaction)
attempts, accounts = db.table(PaymentAttempt), db.table(ChannelAccount)


def channels(business_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    """The business's channel accounts by their ids in the open."""
    query = db.select_as(NamedRow, select(accounts.c.id, accounts.c.name)).where(accounts.c.business_id == business_id)
    with db.reading(business_id):
        return [(ids.show("cha", row.id), row.name) for row in db.rows(query.order_by(accounts.c.name).limit(200))]


def through(request: ListRequest, column: Any) -> list[ColumnElement[bool]]:
    """The condition of the filter `channel`, of a column that names the account: its id, or a channel's name."""
    text = request.text("channel")
    if not text:
        return []
    account_id = ids.try_parse(text, "cha")
    if account_id is not None:
        return [column == account_id]
    return [column.in_(accounts_of(request.business_id, text))]


def in_currency(request: ListRequest, column: Any) -> list[ColumnElement[bool]]:
    """The condition of the filter `currency`; what is none finds nothing, and is not looked for."""
    text = request.text("currency").upper()
    if not text:
        return []
    return [column == text if text in known_currencies() else false()]


def found_by(request: ListRequest, row_ids: dict[str, Any]) -> list[ColumnElement[bool]]:
    """The condition of the filter `q`: an id of the row itself by its prefix, or whatever leads to its order."""
    text = request.text("q")
    if not text:
        return []
    prefix, row_id = text.rpartition("_")[0], ids.try_parse(text)
    if row_id is not None and prefix in row_ids:
        return [row_ids[prefix] == row_id]
    if "\x00" in text:
        return [false()]
    of_text = matches(request.business_id, text, sees_buyers=request.sees_buyers)
    found = select(orders.c.id).where(orders.c.business_id == request.business_id, of_text)
    return [transactions.c.order_id.in_(found.limit(MAX_MATCHES))]


def same_order() -> ColumnElement[bool]:
    """The join from a transaction to its order."""
    return and_(orders.c.business_id == transactions.c.business_id, orders.c.id == transactions.c.order_id)


def buyer_columns() -> tuple[Column, ...]:
    """Who the money is from, or for."""
    return (
        Column(key="buyer", title="Buyer", value=lambda row: row.buyer_email or row.buyer_reference, personal=True),
        Column(key="order", title="Order", kind="id", value=lambda row: ("ord", row.order_id)),
    )


def amount(row: PaymentTransaction | PaymentAttempt) -> tuple[int, str]:
    """The row's amount."""
    return row.amount_minor, row.currency


def accounts_of(business_id: uuid.UUID, channel: str) -> list[uuid.UUID]:
    """The business's accounts at a channel, as values, so that the database knows how many rows they stand for."""
    query = select(accounts.c.id).where(accounts.c.business_id == business_id, accounts.c.channel == channel)
    with db.reading(business_id):
        return [row.id for row in db.rows(db.select_as(IdRow, query.limit(200)))]
