"""The list of payments: every attempt to take money for an order."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, ColumnElement, bindparam, literal_column, select
from sqlalchemy.orm import Mapped

from app.core import db, lists
from app.core.lists import Column, Filter, Listing, ListRequest
from app.core.paging import Key
from app.domain.payments.models import FOR_ORDERS, PaymentAttempt
from app.domain.payments.states import DECIDED, AttemptStatus
from app.read.payments.money_list import (
    accounts,
    amount,
    attempts,
    buyer_columns,
    channels,
    found_by,
    in_currency,
    orders,
    same_order,
    through,
    transactions,
)

if TYPE_CHECKING:

    class PaymentRow(PaymentAttempt):
        """An attempt with its order, whose that is, and the name of its account."""

        order_id: Mapped[uuid.UUID]
        account_name: Mapped[str]
        buyer_reference: Mapped[str]
        buyer_email: Mapped[str | None]

else:
    PaymentRow = PaymentAttempt

VIEWS = {
    "all": "All",
    AttemptStatus.SUCCEEDED: "Succeeded",
    "undecided": "Pending",
    "decided": "Decided",
    AttemptStatus.FAILED: "Failed",
    AttemptStatus.CANCELLED: "Cancelled",
    "surplus": "Late",
}


def read(request: ListRequest, after: Key | None, limit: int) -> Sequence[PaymentRow]:
    """Attempts that were asked for, behind `after`."""
    same = (transactions.c.business_id == attempts.c.business_id) & (transactions.c.id == attempts.c.transaction_id)
    conditions = (accounts.c.business_id == attempts.c.business_id) & (accounts.c.id == attempts.c.channel_account_id)
    found = select(
        attempts,
        transactions.c.order_id,
        accounts.c.name.label("account_name"),
        orders.c.buyer_reference,
        orders.c.buyer_email,
    )
    statement = (
        db.select_as(PaymentRow, found)
        .select_from(attempts.join(transactions, same).join(orders, same_order()).join(accounts, conditions))
        .where(attempts.c.business_id == request.business_id, *_conditions(request))
    )
    with db.reading(request.business_id):
        return db.rows(request.in_order(statement, attempts.c.created_at, attempts.c.id, after, limit))


def _conditions(request: ListRequest) -> Sequence[ColumnElement[bool]]:
    conditions = [literal_column(f"payment_attempts.{FOR_ORDERS}", Boolean), *request.days(attempts.c.created_at)]
    view = request.text("view")
    if view == "undecided":
        conditions.append(attempts.c.next_poll_at.is_not(None))
    elif view == "decided":  # as the metrics count how often paying succeeds
        conditions.append(attempts.c.status.in_(DECIDED))
    elif view == "surplus":
        conditions += [attempts.c.applied.is_(False), attempts.c.status == AttemptStatus.SUCCEEDED]
    elif view in VIEWS and view != "all":
        # Translatable outright, so that a plan for every value does not miss the index of what is not the rule.
        conditions.append(attempts.c.status == bindparam("status", view, literal_execute=True))
    conditions += in_currency(request, attempts.c.currency)
    conditions += through(request, attempts.c.channel_account_id)
    return conditions + found_by(request, {"att": attempts.c.id, "txn": attempts.c.transaction_id})


def _declined(row: PaymentRow) -> str | None:
    """Why a failed payment failed."""
    return row.decline_code if row.status == AttemptStatus.FAILED else None


PAYMENTS = lists.add(
    Listing(
        name="payments",
        title="Payments",
        permission="orders.read",
        views=VIEWS,
        ordered_by="begun",
        read=read,
        filters=(
            Filter(key="q", title="Find", kind="search", hint="Any ID, channel number, email, phone or buyer"),
            Filter(key="channel", title="Channel", kind="choice", choices=channels),
            Filter(key="from", title="From", kind="from"),
            Filter(key="to", title="To", kind="to"),
            Filter(key="currency", title="Currency", kind="text", rare=True),
        ),
        columns=(
            Column(key="amount", title="Amount", kind="money", value=amount),
            Column(key="state", title="State", kind="state", value=lambda row: (row.status, _declined(row))),
            Column(key="channel", title="Channel", value=lambda row: row.account_name),
            *buyer_columns(),
            Column(key="begun", title="Started", kind="when", value=lambda row: row.created_at),
            Column(key="currency", title="Currency", kind="code", value=lambda row: row.currency, default=False),
            Column(key="decided_at", title="Decided", kind="when", value=lambda row: row.decided_at, default=False),
            Column(
                key="channel_ref",
                title="Channel number",
                kind="code",
                value=lambda row: row.channel_ref,
                default=False,
            ),
            Column(key="decline_code", title="Decline reason", value=lambda row: row.decline_code, default=False),
            Column(key="scene", title="Scene", value=lambda row: row.scene, default=False),
            Column(key="attempt", title="Attempt", kind="id", value=lambda row: ("att", row.id), default=False),
            Column(
                key="poll_count", title="Status checks", kind="number", value=lambda row: row.poll_count, default=False
            ),
        ),
    )
)
