"""The list of orders."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, ColumnElement, and_, distinct, false, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.core import db, ids, lists
from app.core.lists import Column, Filter, Listing, ListRequest
from app.core.money import known_currencies
from app.core.paging import Key
from app.domain.orders.contact import ANSWERS
from app.domain.orders.models import GAVE_BACK, Order, OrderLine
from app.domain.orders.receipts.models import Receipt
from app.domain.orders.states import ORDER, PAID, PAYABLE, OrderStatus
from app.domain.payments.models import PAYING_KINDS, PaymentAttempt, PaymentTransaction
from app.domain.payments.states import AttemptStatus
from app.read import order_filters
from app.read.catalog.sellers import seller_choices
from app.read.order_search import in_trouble, matches
from app.read.payments import money_list as money

orders, lines = db.table(Order), db.table(OrderLine)
receipts = db.table(Receipt)
transactions, attempts = db.table(PaymentTransaction), db.table(PaymentAttempt)

VIEWS = {
    "all": "All",
    "open": "Awaiting payment",
    "paid": "Paid",
    "refunds": "Refunds",
    "closed": "Closed",
    "trouble": "Needs attention",
}
_IN_VIEW: dict[str, tuple[str, ...]] = {
    "open": PAYABLE,
    "paid": PAID,
    "closed": (OrderStatus.CLOSED,),
}


class _FirstLine(db.JoinedRow):
    order_id: uuid.UUID
    title: str
    quantity: int


class _LastAttempt(db.JoinedRow):
    order_id: uuid.UUID
    status: str


class _Sellers(db.JoinedRow):
    order_id: uuid.UUID
    names: list[str]


class PaidBy(db.JoinedRow):
    """The attempt that paid an order."""

    order_id: uuid.UUID
    channel: str
    channel_ref: str | None


@dataclass(frozen=True)
class OrderRow:
    """One order; `title` and `quantity` are those of its first line, `paid_by` is the attempt that paid it, `sellers`
    are who sold its lines, by the names they had. `has_failed`: its last payment did, and nothing was tried since."""

    row: Order
    title: str
    quantity: int
    paid_by: PaidBy | None
    receipt: Receipt | None = None
    sellers: tuple[str, ...] = ()
    has_failed: bool = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    @property
    def shown_status(self) -> str:
        """The state as people read it: part of the money back, or a payment that failed, is worth a word of its own."""
        if self.has_failed:
            return "payment_failed"
        return "partly_refunded" if 0 < self.row.refunded_minor < self.row.total_minor else self.row.status

    @property
    def what(self) -> str:
        """What was bought first, and how many of it."""
        return f"{self.title} × {self.quantity}" if self.quantity > 1 else self.title


def read(request: ListRequest, after: Key | None, limit: int) -> list[OrderRow]:
    """Orders that were asked for, behind `after`."""
    statement = select(orders).where(orders.c.business_id == request.business_id, *_conditions(request))
    first = orders.c.total_minor if request.by_amount else orders.c.created_at
    statement = request.in_order(statement, first, orders.c.id, after, limit)
    with db.reading(request.business_id):
        found = db.rows(statement)
        keys = [row.id for row in found]
        titles = _titles(request.business_id, keys) if request.shows("what") else {}
        paid = _payments(request.business_id, keys) if request.shows("channel", "channel_ref") else {}
        made = _receipts(request.business_id, keys) if request.shows("receipt", "tax") else {}
        sold_by = _sellers(request.business_id, keys) if request.shows("sellers") else {}
        waiting = [row.id for row in found if row.status == OrderStatus.CREATED] if request.shows("state") else []
        failed = _failed(request.business_id, waiting)
    return [
        OrderRow(
            row,
            *titles.get(row.id, ("", 0)),
            paid.get(row.id),
            made.get(row.id),
            sold_by.get(row.id, ()),
            row.id in failed,
        )
        for row in found
    ]


def latest(business_id: uuid.UUID, limit: int) -> list[OrderRow]:
    """The youngest orders."""
    return read(ListRequest(business_id, columns=("what", "state")), None, limit)


def _conditions(request: ListRequest) -> Sequence[ColumnElement[bool]]:
    view, conditions = request.text("view"), request.days(orders.c.created_at)
    if statuses := _IN_VIEW.get(view):
        conditions.append(orders.c.status.in_(statuses))
    if view == "refunds":
        conditions.append(literal_column(GAVE_BACK, Boolean))
    if view == "trouble":
        conditions.append(orders.c.id.in_(in_trouble(request.business_id)))
    conditions += request.days(orders.c.paid_at, "paid_") + _amounts(request)
    if product := request.text("product"):
        conditions.append(order_filters.bought(request.business_id, product))
    if seller := request.text("seller"):
        conditions.append(order_filters.of_seller(request.business_id, ids.try_parse(seller, "sel")))
    if request.text("channel"):
        through = money.through(request, money.attempts.c.channel_account_id)
        conditions.append(order_filters.paid_through(request.business_id, through))
    if status := request.text("status"):
        conditions.append(orders.c.status == status)
    if text := request.text("q"):
        conditions.append(matches(request.business_id, text, sees_buyers=request.sees_buyers))
    return conditions


def _amounts(request: ListRequest) -> list[ColumnElement[bool]]:
    """The amounts that were asked for, of any currency when none was named: `12.50` is so much of each."""
    named = request.text("currency")
    if not (named or request.text("amount_from") or request.text("amount_to")):
        return []
    currencies = [named] if named else order_filters.currencies(request.business_id)
    spans = (
        (currency, request.minor("amount_from", currency, up=True), request.minor("amount_to", currency, up=False))
        for currency in currencies
        if currency in known_currencies()
    )
    return [or_(false(), *(order_filters.of_amount(*span) for span in spans))]


def _titles(business_id: uuid.UUID, order_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[str, int]]:
    if not order_ids:
        return {}
    first = (
        select(lines.c.order_id, lines.c.title, lines.c.quantity)
        .ext(distinct_on(lines.c.order_id))
        .where(lines.c.business_id == business_id, lines.c.order_id.in_(order_ids))
    )
    found = db.rows(db.select_as(_FirstLine, first).order_by(lines.c.order_id, lines.c.position))
    return {row.order_id: (row.title, row.quantity) for row in found}


def _sellers(business_id: uuid.UUID, order_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[str, ...]]:
    names = func.array_agg(distinct(lines.c.seller_name)).label("names")
    query = (
        select(lines.c.order_id, names)
        .where(lines.c.business_id == business_id, lines.c.order_id.in_(order_ids), lines.c.seller_name.is_not(None))
        .group_by(lines.c.order_id)
    )
    found = db.rows(db.select_as(_Sellers, query)) if order_ids else ()
    return {row.order_id: tuple(row.names) for row in found}


def _receipts(business_id: uuid.UUID, order_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Receipt]:
    """Those that hold: a corrected one comes after the one whose place it takes."""
    made = select(receipts).where(receipts.c.business_id == business_id, receipts.c.order_id.in_(order_ids))
    return {row.order_id: row for row in db.rows(made.order_by(receipts.c.number))} if order_ids else {}


def _tax(row: OrderRow) -> tuple[int, str] | None:
    """What the total includes of all taxes, by the receipt; None without one that shows taxes."""
    if row.receipt is None or not row.receipt.taxes:
        return None
    return sum(each["tax_minor"] for each in row.receipt.taxes), row.row.currency


def _answers(row: OrderRow) -> str:
    """What the buyer answered to custom fields, on one line."""
    return "; ".join(f"{each['label']}: {each['answer']}" for each in row.row.details.get(ANSWERS, []))


def _payments(business_id: uuid.UUID, order_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, PaidBy]:
    if not order_ids:
        return {}
    same = and_(attempts.c.business_id == transactions.c.business_id, attempts.c.transaction_id == transactions.c.id)
    paid = (
        select(transactions.c.order_id, attempts.c.channel, attempts.c.channel_ref)
        .select_from(transactions.join(attempts, same))
        .where(
            transactions.c.business_id == business_id,
            transactions.c.order_id.in_(order_ids),
            transactions.c.kind.in_(PAYING_KINDS),
            attempts.c.status == AttemptStatus.SUCCEEDED,
            attempts.c.applied.is_(True),
        )
    )
    return {row.order_id: row for row in db.rows(db.select_as(PaidBy, paid))}


def _failed(business_id: uuid.UUID, order_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these orders whose last payment failed."""
    if not order_ids:
        return set()
    same = and_(attempts.c.business_id == transactions.c.business_id, attempts.c.transaction_id == transactions.c.id)
    last = (
        select(transactions.c.order_id, attempts.c.status)
        .ext(distinct_on(transactions.c.order_id))
        .select_from(transactions.join(attempts, same))
        .where(transactions.c.business_id == business_id, transactions.c.order_id.in_(order_ids))
        .order_by(transactions.c.order_id, attempts.c.created_at.desc())
    )
    return {row.order_id for row in db.rows(db.select_as(_LastAttempt, last)) if row.status == AttemptStatus.FAILED}


def _currencies(business_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    return [(currency, currency) for currency in order_filters.currencies(business_id)]


def _statuses(business_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    del business_id  # the same for all
    return [(state, state.capitalize()) for state in (OrderStatus.CREATED, *_after(ORDER.initial))]


def _after(first: str) -> list[str]:
    """The other states, in the order in which an order meets them."""
    met = list(dict.fromkeys(state for edge in ORDER.edges for state in edge))
    return [state for state in met if state != first]


def _amount(name: str) -> Any:
    return lambda row: (getattr(row, name), row.currency)


ORDERS = lists.add(
    Listing(
        name="orders",
        title="Orders",
        permission="orders.read",
        views=VIEWS,
        ordered_by="placed",
        read=read,
        amount_of=lambda row: int(row.total_minor),
        filters=(
            Filter(
                key="q",
                title="Find",
                kind="search",
                hint="Number, email, amount …",
            ),
            Filter(key="status", title="State", kind="choice", choices=_statuses),
            Filter(key="from", title="From", kind="from"),
            Filter(key="to", title="To", kind="to"),
            Filter(key="paid_from", title="Paid from", kind="from", rare=True),
            Filter(key="paid_to", title="Paid to", kind="to", rare=True),
            Filter(key="product", title="Product", hint="Name, SKU code or id", further=True),
            Filter(key="seller", title="Seller", kind="choice", choices=seller_choices, further=True),
            Filter(key="channel", title="Paid through", kind="choice", choices=money.channels, further=True),
            Filter(key="amount_from", title="Amount from", kind="amount", further=True),
            Filter(key="amount_to", title="Amount to", kind="amount", further=True),
            Filter(key="currency", title="Currency", kind="choice", choices=_currencies, further=True),
        ),
        columns=(
            Column(key="amount", title="Amount", kind="money", value=_amount("total_minor")),
            Column(key="state", title="State", kind="state", value=lambda row: (row.shown_status, row.close_reason)),
            Column(key="what", title="Items", value=lambda row: row.what),
            Column(key="buyer", title="Buyer", value=lambda row: row.buyer_email or row.buyer_reference, personal=True),
            Column(key="number", title="Order", kind="code", value=lambda row: row.number),
            Column(key="placed", title="Placed", kind="when", value=lambda row: row.created_at),
            Column(key="order", title="Order ID", kind="id", value=lambda row: ("ord", row.id), default=False),
            Column(key="currency", title="Currency", kind="code", value=lambda row: row.currency, default=False),
            Column(key="paid", title="Paid", kind="money", value=_amount("paid_minor"), default=False),
            Column(key="refunded", title="Refunded", kind="money", value=_amount("refunded_minor"), default=False),
            Column(key="email", title="Email", value=lambda row: row.buyer_email, personal=True, default=False),
            Column(key="phone", title="Phone", value=lambda row: row.buyer_phone, personal=True, default=False),
            Column(
                key="reference",
                title="Buyer reference",
                value=lambda row: row.buyer_reference,
                personal=True,
                default=False,
            ),
            Column(key="answers", title="Custom fields", value=_answers, personal=True, default=False),
            Column(
                key="channel",
                title="Channel",
                value=lambda row: row.paid_by.channel if row.paid_by else None,
                default=False,
            ),
            Column(
                key="channel_ref",
                title="Channel number",
                kind="code",
                value=lambda row: row.paid_by.channel_ref if row.paid_by else None,
                default=False,
            ),
            Column(
                key="receipt",
                title="Receipt",
                kind="code",
                value=lambda row: row.receipt.text if row.receipt else None,
                default=False,
            ),
            Column(key="sellers", title="Sellers", value=lambda row: ", ".join(row.sellers) or None, default=False),
            Column(key="tax", title="Includes tax", kind="money", value=_tax, default=False),
            Column(key="paid_at", title="Paid at", kind="when", value=lambda row: row.paid_at, default=False),
            Column(
                key="fulfilled_at",
                title="Delivered at",
                kind="when",
                value=lambda row: row.fulfilled_at,
                default=False,
            ),
            Column(
                key="session",
                title="Session",
                kind="id",
                value=lambda row: ("ses", row.session_id) if row.session_id else None,
                default=False,
            ),
        ),
    )
)
