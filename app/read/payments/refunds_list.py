"""The list of refunds: each amount that goes back to one source of an order's money."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, exists, literal_column, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped

from app.core import db, lists
from app.core.lists import Column, Filter, Listing, ListRequest
from app.core.paging import Key
from app.domain.payments.models import PaymentTransaction
from app.domain.payments.states import AttemptStatus, TransactionStatus
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

    class _Refund(PaymentTransaction):
        account_name: Mapped[str]
        order_buyer: Mapped[str]
        buyer_email: Mapped[str | None]

else:
    _Refund = PaymentTransaction

VIEWS = {
    "all": "All",
    TransactionStatus.OPEN: "Pending",
    TransactionStatus.SUCCEEDED: "Succeeded",
    TransactionStatus.FAILED: "Failed",
    TransactionStatus.CANCELLED: "Cancelled",
    "sales": "Of sales",
}
returned = attempts.alias("returned")


# In the text itself, so that a plan that is kept finds the index of refunds.
_IS_REFUND = transactions.c.kind == literal_column("'refund'")


class Sent(db.JoinedRow):
    """The last attempt of a refund."""

    transaction_id: uuid.UUID
    status: str
    channel_ref: str | None


@dataclass(frozen=True)
class RefundRow:
    """One amount that goes back; `sent` is its own last attempt, None before any was made."""

    row: _Refund
    sent: Sent | None

    @property
    def buyer_reference(self) -> str:
        """Whose order it was."""
        return self.row.order_buyer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    @property
    def shown_status(self) -> str:
        """The state as people read it."""
        if self.row.status != TransactionStatus.OPEN:
            return self.row.status
        return (
            self.sent.status
            if self.sent is not None and self.sent.status == AttemptStatus.UNKNOWN
            else AttemptStatus.PENDING
        )


def read(request: ListRequest, after: Key | None, limit: int) -> list[RefundRow]:
    """Refunds that were asked for, behind `after`."""
    back_to = (returned.c.business_id == transactions.c.business_id) & (returned.c.transaction_id == transactions.c.id)
    conditions = (accounts.c.business_id == returned.c.business_id) & (accounts.c.id == returned.c.channel_account_id)
    found = select(
        transactions,
        accounts.c.name.label("account_name"),
        orders.c.buyer_reference.label("order_buyer"),
        orders.c.buyer_email,
    )
    statement = (
        db.select_as(_Refund, found)
        .select_from(transactions.join(orders, same_order()).join(returned, back_to).join(accounts, conditions))
        .where(transactions.c.business_id == request.business_id, _IS_REFUND, *_conditions(request))
    )
    with db.reading(request.business_id):
        rows = db.rows(request.in_order(statement, transactions.c.created_at, transactions.c.id, after, limit))
        sent = _last_attempts(request.business_id, [row.id for row in rows])
    return [RefundRow(row, sent.get(row.id)) for row in rows]


def _conditions(request: ListRequest) -> Sequence[ColumnElement[bool]]:
    conditions, view = request.days(transactions.c.created_at), request.text("view")
    if view == "sales":
        # As the metrics count them: money that came too late or twice and went back was never a sale.
        conditions += [transactions.c.status == TransactionStatus.SUCCEEDED, _is_of_a_sale()]
    elif view:
        conditions.append(transactions.c.status == view)
    conditions += [*request.days(transactions.c.decided_at, "decided_"), *in_currency(request, transactions.c.currency)]
    conditions += through(request, returned.c.channel_account_id)
    return conditions + found_by(request, {"rfd": transactions.c.id, "txn": transactions.c.id})


def _is_of_a_sale() -> ColumnElement[bool]:
    return exists().where(
        attempts.c.business_id == transactions.c.business_id,
        attempts.c.transaction_id == transactions.c.id,
        attempts.c.status == AttemptStatus.SUCCEEDED,
        attempts.c.applied,
    )


def _last_attempts(business_id: uuid.UUID, transaction_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Sent]:
    if not transaction_ids:
        return {}
    made = (
        select(attempts.c.transaction_id, attempts.c.status, attempts.c.channel_ref)
        .ext(distinct_on(attempts.c.transaction_id))
        .where(attempts.c.business_id == business_id, attempts.c.transaction_id.in_(transaction_ids))
        .order_by(attempts.c.transaction_id, attempts.c.created_at.desc(), attempts.c.id.desc())
    )
    return {row.transaction_id: row for row in db.rows(db.select_as(Sent, made))}


def _reason(row: _Refund) -> str:
    return str(row.reason).replace("_", " ")


REFUNDS = lists.add(
    Listing(
        name="refunds",
        title="Refunds",
        permission="orders.read",
        views=VIEWS,
        ordered_by="asked",
        read=read,
        filters=(
            Filter(key="q", title="Find", kind="search", hint="Any ID, channel number, email, phone or buyer"),
            Filter(key="channel", title="Channel", kind="choice", choices=channels),
            Filter(key="from", title="From", kind="from"),
            Filter(key="to", title="To", kind="to"),
            Filter(key="decided_from", title="Decided from", kind="from", rare=True),
            Filter(key="decided_to", title="Decided to", kind="to", rare=True),
            Filter(key="currency", title="Currency", kind="text", rare=True),
        ),
        columns=(
            Column(key="amount", title="Amount", kind="money", value=amount),
            Column(key="state", title="State", kind="state", value=lambda row: (row.shown_status, None)),
            Column(key="reason", title="Reason", value=_reason),
            Column(key="channel", title="Returned through", value=lambda row: row.account_name),
            *buyer_columns(),
            Column(key="asked", title="Requested", kind="when", value=lambda row: row.created_at),
            Column(key="currency", title="Currency", kind="code", value=lambda row: row.currency, default=False),
            Column(key="decided_at", title="Decided", kind="when", value=lambda row: row.decided_at, default=False),
            Column(
                key="channel_ref",
                title="Channel number",
                kind="code",
                value=lambda row: row.sent.channel_ref if row.sent else None,
                default=False,
            ),
            Column(key="refund", title="Refund", kind="id", value=lambda row: ("rfd", row.id), default=False),
            Column(key="actor", title="Requested by", kind="code", value=lambda row: row.actor, default=False),
        ),
    )
)
