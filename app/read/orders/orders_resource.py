"""Orders with their lines."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, FromClause, Integer, Select, Uuid, bindparam, column, exists, func, select, true

from app.core import db
from app.core.db import Prepared
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.marketing.models import CouponUse
from app.domain.marketing.types import MAX_COUPONS
from app.domain.orders.models import Order
from app.domain.orders.reservations.models import Reservation
from app.domain.payments.models import PAYING_KINDS, PaymentAttempt, PaymentTransaction
from app.domain.payments.states import AttemptStatus, TransactionStatus
from app.read import order_filters
from app.read.orders.order_lines import lines_of, lines_of_one
from app.read.orders.order_rows import ChargeRow, LineRow
from app.read.payments import money_list

UseRow = CouponUse  # for those who show one
orders = db.table(Order)
attempts = db.table(PaymentAttempt)
transactions = db.table(PaymentTransaction)
refunds = transactions.alias("refunds")
uses = db.table(CouponUse)

MAX_LINES = 100
MAX_CHARGES = 100


# Charge by charge, each by its key. A plain join may be planned before there are statistics, and then walks all
# attempts of the business by their time. OFFSET keeps the charges of each order, and the attempts of each charge, a
# query of their own.
def _charge_rows(order_id: Any, given: FromClause | None = None) -> Prepared[ChargeRow]:
    """The tries to pay an order, newest first; with `given`, of each order of it."""
    charges = (
        select(transactions.c.id, transactions.c.order_id)
        .where(
            transactions.c.business_id == db.HERE,
            transactions.c.order_id == order_id,
            transactions.c.kind.in_(PAYING_KINDS),
        )
        .offset(0)
        .lateral("charges")
    )
    tries = (
        select(attempts)
        .where(attempts.c.business_id == db.HERE, attempts.c.transaction_id == charges.c.id)
        .offset(0)
        .lateral("tries")
    )
    returned = (
        select(func.coalesce(func.sum(refunds.c.amount_minor), 0))
        .where(
            refunds.c.business_id == db.HERE,
            refunds.c.order_id == charges.c.order_id,
            refunds.c.charge_attempt_id == tries.c.id,
            refunds.c.status == TransactionStatus.SUCCEEDED,
        )
        .scalar_subquery()
    )
    is_share = exists().where(
        Reservation.business_id == db.HERE,
        Reservation.order_id == charges.c.order_id,
        Reservation.wallet_attempt_id == tries.c.id,
    )
    found = select(tries, charges.c.order_id, returned.label("returned_minor"), is_share.label("is_share"))
    every = charges if given is None else given.join(charges, true())
    return db.prepared(
        db.select_as(
            ChargeRow,
            found.select_from(every.join(tries, true()))
            .order_by(tries.c.created_at.desc(), tries.c.id.desc())
            .limit(bindparam("most", type_=Integer)),
        ),
        over=attempts.name,
    )


_GIVEN = (
    func.unnest(bindparam("orders", type_=ARRAY(Uuid))).table_valued(column("id", Uuid)).render_derived(name="given")
)
_CHARGES = _charge_rows(_GIVEN.c.id, _GIVEN)
_CHARGES_OF_ONE = _charge_rows(bindparam("order"))


@dataclass(frozen=True)
class OrderWithLines:
    """A row of `orders`, its lines by position, and the attempts whose money is the order's: what came from outside
    first, a wallet's share last; and what coupons gave."""

    row: Order
    lines: tuple[LineRow, ...]
    sources: tuple[ChargeRow, ...]
    coupons: tuple[CouponUse, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OrderFilter:
    """What a list of orders is narrowed to; what is None is not asked for. Totals only count with a `currency`,
    `channel` is what brought the money."""

    status: str | None = None
    number: str | None = None
    buyer_reference: str | None = None
    currency: str | None = None
    total_minor_from: int | None = None
    total_minor_to: int | None = None
    product_id: uuid.UUID | None = None
    sku_id: uuid.UUID | None = None
    seller_id: uuid.UUID | None = None
    channel: str | None = None


def list_orders(business_id: uuid.UUID, filters: OrderFilter, *, after: After, limit: int) -> list[OrderWithLines]:
    """Orders, newest first."""
    statement = select(orders).where(orders.c.business_id == business_id)
    if filters.status is not None:
        statement = statement.where(orders.c.status == filters.status)
    if filters.number is not None:
        statement = statement.where(orders.c.number == filters.number)
    if filters.buyer_reference is not None:
        statement = statement.where(orders.c.buyer_reference == filters.buyer_reference)
    if filters.currency is not None:
        of_amount = order_filters.of_amount(filters.currency, filters.total_minor_from, filters.total_minor_to)
        statement = statement.where(of_amount)
    if filters.product_id is not None:
        statement = statement.where(order_filters.of_product(business_id, filters.product_id))
    if filters.sku_id is not None:
        statement = statement.where(order_filters.of_sku(business_id, filters.sku_id))
    if filters.seller_id is not None:
        statement = statement.where(order_filters.of_seller(business_id, filters.seller_id))
    if filters.channel is not None:
        named = money_list.accounts_of(business_id, filters.channel)
        through = order_filters.paid_through(business_id, [attempts.c.channel_account_id.in_(named)])
        statement = statement.where(through)
    with db.reading(business_id):
        found = db.rows(newest_first(statement, orders, after, limit))
        return _with_lines(found)


def get_order(business_id: uuid.UUID, order_id: uuid.UUID) -> OrderWithLines:
    """One order.

    Raises:
        NotFound: the business has no such order.
    """
    with db.reading(business_id):
        read_parts_ahead(order_id)
        row = db.get(Order, order_id)
        return _with_parts([row], _charges_of(order_id), _lines_of(order_id))[0]


def get_order_with_charge(business_id: uuid.UUID, order_id: uuid.UUID) -> tuple[OrderWithLines, ChargeRow | None]:
    """One order and its newest attempt to be paid; None when it costs nothing.

    Raises:
        NotFound: the business has no such order, or nobody tried to pay it.
    """
    with db.reading(business_id):
        read_parts_ahead(order_id)
        row, charges = db.get(Order, order_id), _charges_of(order_id)
        tries = [charge for charge in charges if not charge.is_share]
        if row.total_minor and not tries:
            raise NotFound("not_found", "This order has no payment attempts.")
        return _with_parts([row], charges, _lines_of(order_id))[0], tries[0] if tries else None


def read_parts_ahead(order_id: uuid.UUID) -> None:
    """Read the order's charges and lines behind the next read, in its round trip: before a phase locks the order, so
    that it need not read them again for its answer."""
    db.ahead(_CHARGES_OF_ONE, order=order_id, most=MAX_CHARGES)
    db.ahead(_LINES_OF_ONE, order=order_id, most=MAX_LINES)


def _charges_of(order_id: uuid.UUID) -> Sequence[ChargeRow]:
    return db.rows(_CHARGES_OF_ONE, order=order_id, most=MAX_CHARGES)


def _lines_of(order_id: uuid.UUID) -> Sequence[LineRow]:
    return db.rows(_LINES_OF_ONE, order=order_id, most=MAX_LINES)


_LINES = db.prepared(lines_of().limit(bindparam("most", type_=Integer)))
_LINES_OF_ONE = db.prepared(lines_of_one().limit(bindparam("most", type_=Integer)))


def _with_lines(found: Sequence[Order]) -> list[OrderWithLines]:
    ids = [row.id for row in found]
    if not ids:
        return []
    charges = db.rows(_CHARGES, orders=ids, most=MAX_CHARGES * len(ids))
    return _with_parts(found, charges, db.rows(_LINES, orders=ids, most=MAX_LINES * len(ids)))


def _with_parts(found: Sequence[Order], charges: Sequence[ChargeRow], lines: Sequence[LineRow]) -> list[OrderWithLines]:
    by_order: dict[uuid.UUID, list[LineRow]] = defaultdict(list)
    sources: dict[uuid.UUID, list[ChargeRow]] = defaultdict(list)
    coupons_of: dict[uuid.UUID, list[CouponUse]] = defaultdict(list)
    for charge in reversed(charges):
        if charge.status == AttemptStatus.SUCCEEDED and charge.applied:
            sources[charge.order_id].append(charge)
    for line in lines:
        by_order[line.order_id].append(line)
    if any(line.discount_minor for line in lines):
        for use in db.rows(_coupons([row.id for row in found])):
            coupons_of[use.order_id].append(use)
    return [
        OrderWithLines(row, tuple(by_order[row.id]), tuple(sources[row.id]), tuple(coupons_of[row.id])) for row in found
    ]


def _coupons(order_ids: Sequence[uuid.UUID]) -> Select[CouponUse]:
    return (
        select(uses)
        .where(uses.c.business_id == db.here(), uses.c.order_id.in_(order_ids))
        .order_by(uses.c.order_id, uses.c.id)
        .limit(MAX_COUPONS * len(order_ids))
    )
