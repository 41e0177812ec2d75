"""The list of movements: money of every kind, wanted or done; what leaves the business is negative."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists

from app.core import db, ids, lists
from app.core.lists import Column, Filter, Listing, ListRequest
from app.core.paging import Key
from app.domain.payments.states import TransactionStatus
from app.read.catalog.sellers import seller_choices
from app.read.payments.money_list import accounts, attempts, through, transactions
from app.read.wallets.movements import KINDS, Movement, last_attempts, movements, of_seller

VIEWS = {
    "all": "All",
    TransactionStatus.OPEN: "Pending",
    TransactionStatus.SUCCEEDED: "Succeeded",
    TransactionStatus.FAILED: "Failed",
    TransactionStatus.CANCELLED: "Cancelled",
    TransactionStatus.RETURNED: "Returned",
}
TITLES = {"charge": "Payment", "top_up": "Top-up"}
_OUT = ("refund", "withdrawal", "payout")


def read(request: ListRequest, after: Key | None, limit: int) -> list[Movement]:
    """Movements that were asked for, behind `after`."""
    statement = movements(request.business_id).where(*_conditions(request))
    with db.reading(request.business_id):
        found = db.rows(request.in_order(statement, transactions.c.created_at, transactions.c.id, after, limit))
        last = last_attempts(request.business_id, [row.id for row in found])
    return [Movement(row, last.get(row.id)) for row in found]


def _conditions(request: ListRequest) -> Sequence[ColumnElement[bool]]:
    conditions = request.days(transactions.c.created_at)
    for key, column in (("view", transactions.c.status), ("kind", transactions.c.kind)):
        if text := request.text(key):
            conditions.append(column == text)
    if buyer := request.text("buyer"):
        conditions.append(transactions.c.buyer_reference == buyer)
    if seller := request.text("seller"):
        conditions.append(of_seller(ids.try_parse(seller, "sel")))
    if request.text("channel"):
        tried = exists().where(
            attempts.c.business_id == transactions.c.business_id, attempts.c.transaction_id == transactions.c.id
        )
        conditions.append(tried.where(*through(request, attempts.c.channel_account_id)))
    return conditions


def _amount(movement: Movement) -> tuple[int, str]:
    minor = movement.row.amount_minor
    return (-minor if movement.row.kind in _OUT else minor), movement.row.currency


def _state(movement: Movement) -> tuple[str, None]:
    is_open = movement.row.status == TransactionStatus.OPEN
    return (movement.attempt.status if movement.attempt and is_open else movement.status), None


def _buyer(movement: Movement) -> str | None:
    to = movement.row.counter_reference
    return f"{movement.buyer or ''} → {to}" if to else movement.buyer


def _kinds(business_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    del business_id  # the same for all
    return [(kind, title_of(kind)) for kind in KINDS]


def title_of(kind: str) -> str:
    """What a kind of movement is called."""
    return TITLES.get(kind, kind.capitalize())


def _channels(business_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    """Channels by name: the wallet is one of them, and all its accounts are meant."""
    query = accounts.select().where(accounts.c.business_id == business_id).order_by(accounts.c.channel).limit(200)
    with db.reading(business_id):
        named = dict.fromkeys(row.channel for row in db.rows(query))
    return [(name, name.replace("_", " ").capitalize()) for name in named]


def _of_attempt(name: str) -> Any:
    return lambda movement: getattr(movement.attempt, name) if movement.attempt else None


def _of_row(name: str) -> Any:
    return lambda movement: getattr(movement.row, name)


MOVEMENTS = lists.add(
    Listing(
        name="movements",
        title="Movements",
        permission="wallets.read",
        views=VIEWS,
        ordered_by="asked",
        read=read,
        filters=(
            Filter(key="buyer", title="Wallet owner", kind="search", hint="Your reference for the buyer"),
            Filter(key="kind", title="Kind", kind="choice", choices=_kinds),
            Filter(key="channel", title="Channel", kind="choice", choices=_channels),
            Filter(key="seller", title="Seller", kind="choice", choices=seller_choices, further=True),
            Filter(key="from", title="From", kind="from"),
            Filter(key="to", title="To", kind="to"),
        ),
        columns=(
            Column(key="amount", title="Amount", kind="money", value=_amount),
            Column(key="state", title="State", kind="state", value=_state),
            Column(key="kind", title="Kind", value=lambda movement: title_of(movement.row.kind)),
            Column(key="channel", title="Channel", value=_of_attempt("account_name")),
            Column(key="buyer", title="Buyer", value=_buyer, personal=True),
            Column(key="asked", title="Requested", kind="when", value=_of_row("created_at")),
            Column(key="currency", title="Currency", kind="code", value=_of_row("currency"), default=False),
            Column(key="decided_at", title="Decided", kind="when", value=_of_row("decided_at"), default=False),
            Column(
                key="channel_ref",
                title="Channel number",
                kind="code",
                value=_of_attempt("channel_ref"),
                default=False,
            ),
            Column(
                key="order",
                title="Order",
                kind="id",
                value=lambda movement: ("ord", movement.row.order_id) if movement.row.order_id else None,
                default=False,
            ),
            Column(
                key="movement",
                title="Movement",
                kind="id",
                value=lambda movement: ("txn", movement.row.id),
                default=False,
            ),
            Column(key="reason", title="Reason", value=_of_row("reason"), default=False),
            Column(key="actor", title="Requested by", kind="code", value=_of_row("actor"), default=False),
        ),
    )
)
