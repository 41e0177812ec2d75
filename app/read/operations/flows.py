"""State machines as they stand now: how much is in each state, and what has stood still for too long."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Mapped

from app.core import clock, db, paging
from app.core.db.typed import AnySelect
from app.core.ids import show
from app.core.paging import After
from app.domain.fulfilment.models import Delivery
from app.domain.fulfilment.states import DeliveryStatus
from app.domain.orders.models import CheckoutSession, Order, OrderLine
from app.domain.orders.states import ORDER, SessionStatus
from app.domain.payments.channels import registry
from app.domain.payments.models import BankTransfer, PaymentAttempt, PaymentTransaction
from app.domain.payments.states import BANK_TRANSFER, UNDECIDED
from app.read.named_row import StatusCount

if TYPE_CHECKING:

    class _Undecided(PaymentAttempt):
        order_id: Mapped[uuid.UUID | None]

    class _Undelivered(Delivery):
        title: Mapped[str]
        amount_minor: Mapped[int]
        currency: Mapped[str]

else:
    _Undecided, _Undelivered = PaymentAttempt, Delivery

MAX_COUNT = 1000  # of each state, no more is counted
SLOW = timedelta(minutes=10)
MAX_ROWS = 50
attempts, transactions, deliveries = db.table(PaymentAttempt), db.table(PaymentTransaction), db.table(Delivery)
sessions, lines = db.table(CheckoutSession), db.table(OrderLine)


@dataclass(frozen=True)
class Stuck:
    """What has stood still: an attempt nobody knows the end of, or goods that are not handed over or taken back."""

    id: str
    title: str
    status: str
    since: datetime
    attempt_count: int
    amount_minor: int
    currency: str
    order_id: uuid.UUID | None
    key: tuple[datetime, uuid.UUID]


def counts(business_id: uuid.UUID, machine: str) -> dict[str, int]:
    """How much is in each state, MAX_COUNT at most; of attempts, deliveries and sessions only what is not over."""
    with db.reading(business_id):
        if machine == "order":
            return {state: _number(_in(db.table(Order), business_id, state)) for state in sorted(ORDER.states)}
        if machine == "bank_transfer":
            states = sorted(BANK_TRANSFER.states)
            return {state: _number(_in(db.table(BankTransfer), business_id, state)) for state in states}
        return _open(business_id, machine)


def stuck(business_id: uuid.UUID) -> tuple[Stuck, ...]:
    """The oldest first, MAX_ROWS of attempts and MAX_ROWS of deliveries at most."""
    return tuple(_stuck(business_id, None, MAX_ROWS))


def page_of_stuck(business_id: uuid.UUID, *, cursor: str) -> paging.Page[Stuck]:
    """A page of the portal's list, the oldest first."""
    found = _stuck(business_id, paging.key_of(cursor), MAX_ROWS + 1)
    shown = tuple(found[:MAX_ROWS])
    return paging.Page(shown, paging.cursor_of(*shown[-1].key) if len(found) > MAX_ROWS else None)


def _stuck(business_id: uuid.UUID, after: After, limit: int) -> list[Stuck]:
    with db.reading(business_id):
        found = [*_undecided(business_id, after, limit), *_undelivered(business_id, after, limit)]
    return sorted(found, key=lambda each: each.key)


def _open(business_id: uuid.UUID, machine: str) -> dict[str, int]:
    """What is not over, by the small index of what is due."""
    kinds: dict[str, tuple[db.TableOf[Any], ColumnElement[bool], tuple[str, ...]]] = {
        "attempt": (
            attempts,
            attempts.c.next_poll_at.is_not(None),
            UNDECIDED,
        ),
        "delivery": (
            deliveries,
            deliveries.c.next_attempt_at.is_not(None),
            (DeliveryStatus.PENDING, DeliveryStatus.REVOKING),
        ),
        "checkout_session": (sessions, sessions.c.status == SessionStatus.OPEN, (SessionStatus.OPEN,)),
    }
    table, due, states = kinds[machine]
    some = select(table.c.status).where(table.c.business_id == business_id, due).limit(MAX_COUNT).subquery()
    found = {row.status: row.number for row in db.rows(_by_status(some))}
    return {state: found.get(state, 0) for state in states}


def _by_status(some: Any) -> Select[StatusCount]:
    counted = select(some.c.status, func.count().label("number")).group_by(some.c.status)
    return db.select_as(StatusCount, counted)


def _in(table: Any, business_id: uuid.UUID, status: str) -> AnySelect:
    return select(table.c.id).where(table.c.business_id == business_id, table.c.status == status)


def _number(some: AnySelect) -> int:
    return int(db.scalar(select(func.count()).select_from(some.limit(MAX_COUNT).subquery())))


def _undecided(business_id: uuid.UUID, after: After, limit: int) -> Sequence[Stuck]:
    joined = and_(transactions.c.business_id == attempts.c.business_id, transactions.c.id == attempts.c.transaction_id)
    query = (
        db.select_as(_Undecided, select(attempts, transactions.c.order_id))
        .join(transactions, joined)
        .where(
            attempts.c.business_id == business_id,
            attempts.c.next_poll_at.is_not(None),
            attempts.c.channel.not_in(registry.manual()),
            attempts.c.created_at < clock.now() - SLOW,
        )
    )
    oldest = paging.in_order(query, attempts.c.created_at, attempts.c.id, after, limit, oldest_first=True)
    return [
        Stuck(
            show("att", row.id),
            {"charge": "Payment"}.get(row.kind, row.kind.replace("_", " ").capitalize()),
            row.status,
            row.created_at,
            row.poll_count,
            row.amount_minor,
            row.currency,
            row.order_id,
            (row.created_at, row.id),
        )
        for row in db.rows(oldest)
    ]


def _undelivered(business_id: uuid.UUID, after: After, limit: int) -> Sequence[Stuck]:
    joined = and_(lines.c.business_id == deliveries.c.business_id, lines.c.id == deliveries.c.line_id)
    query = (
        db.select_as(_Undelivered, select(deliveries, lines.c.title, lines.c.amount_minor, lines.c.currency))
        .join(lines, joined)
        .where(
            deliveries.c.business_id == business_id,
            deliveries.c.next_attempt_at.is_not(None),
            deliveries.c.created_at < clock.now() - SLOW,
        )
    )
    oldest = paging.in_order(query, deliveries.c.created_at, deliveries.c.id, after, limit, oldest_first=True)
    return [
        Stuck(
            show("dlv", row.id),
            row.title,
            row.status,
            row.created_at,
            row.attempt_count,
            row.amount_minor,
            row.currency,
            row.order_id,
            (row.created_at, row.id),
        )
        for row in db.rows(oldest)
    ]
