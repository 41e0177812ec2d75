"""The home page's figures. What each one means stands in its docstring and is shown beside the figure."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, and_, func, select

from app.core import clock, db
from app.core.ids import first_at
from app.domain.catalog.models import Product
from app.domain.orders.models import Order
from app.domain.payments.models import Case, ChannelAccount, PaymentAttempt, PaymentTransaction
from app.read.order_search import in_trouble

WEEK, DAY = timedelta(days=7), timedelta(days=1)
# A payment is decided at most this long after it was begun; lets the index on created_at find decided_at.
LONGEST = timedelta(hours=12)


@dataclass(frozen=True)
class Sales:
    """Payments that succeeded today, and on the same weekday last week up to the same time of day."""

    currency: str
    today_minor: int
    today_count: int
    then_minor: int
    then_count: int
    then_whole_minor: int
    refunded_minor: int
    hours_today: tuple[int, ...]  # minor units by hour of the business's day, from 0, up to the present hour
    hours_then: tuple[int, ...]  # all hours of that day


@dataclass(frozen=True)
class Rate:
    """Payments tried in the last 24 hours that are decided: how many of them succeeded."""

    name: str
    decided: int
    succeeded: int

    @property
    def percent(self) -> int | None:
        """Rounded down, so that 100 means every one; None when nothing was decided."""
        return self.succeeded * 100 // self.decided if self.decided else None


@dataclass(frozen=True)
class Home:
    """Everything on the home page. `sales` holds one entry per currency, the one with most payments first (amounts of
    different currencies do not compare); never empty."""

    sales: tuple[Sales, ...]
    rate: Rate
    by_channel: tuple[Rate, ...]
    trouble: int
    overdue: int  # attempts undecided for so long that they were put before people
    waiting: int
    has_products: bool
    has_orders: bool
    has_channels: bool
    day_starts_at: datetime
    hours_gone: float  # of the business's day, with its fraction

    def sales_in(self, currency: str) -> Sales:
        """The sales in this currency, or in the first when nothing was sold in it."""
        return next((sales for sales in self.sales if sales.currency == currency), self.sales[0])


def home(business_id: uuid.UUID, time_zone: str) -> Home:
    """The figures of the business's present day."""
    moment = clock.now()
    here = moment.astimezone(ZoneInfo(time_zone))
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    with db.reading(business_id):
        by_channel = _rates(business_id, moment)
        return Home(
            sales=_sales(business_id, midnight, moment, time_zone),
            rate=Rate("", sum(rate.decided for rate in by_channel), sum(rate.succeeded for rate in by_channel)),
            by_channel=by_channel,
            trouble=_count(in_trouble(business_id)),
            overdue=_count(
                select(Case.id).where(
                    Case.business_id == business_id, Case.status == "open", Case.kind == "undecided_long"
                )
            ),
            waiting=_count(
                select(Order.id).where(Order.business_id == business_id, Order.status.in_(("created", "paying")))
            ),
            has_products=_any(Product, business_id),
            has_orders=_any(Order, business_id),
            has_channels=_any(ChannelAccount, business_id),
            day_starts_at=midnight,
            hours_gone=here.hour + here.minute / 60,
        )


def _sales(business_id: uuid.UUID, midnight: datetime, moment: datetime, time_zone: str) -> tuple[Sales, ...]:
    then = (midnight.replace(tzinfo=None) - WEEK).replace(tzinfo=midnight.tzinfo)
    today = _by_hour(business_id, since=midnight, so_far=moment, time_zone=time_zone)
    last = _by_hour(business_id, since=then, so_far=moment - WEEK, time_zone=time_zone)
    hours_gone = moment.astimezone(ZoneInfo(time_zone)).hour + 1
    found = []
    for currency in {row.currency for row in (*today, *last)} or {"USD"}:
        sold, before = _of(today, currency, "charge"), _of(last, currency, "charge")
        hours = {int(row.hour): int(row.minor) for row in sold}
        hours_then = {int(row.hour): int(row.minor) for row in before}
        found.append(
            Sales(
                currency=currency,
                today_minor=sum(int(row.so_far_minor or 0) for row in sold),
                today_count=sum(int(row.so_far_count) for row in sold),
                then_minor=sum(int(row.so_far_minor or 0) for row in before),
                then_count=sum(int(row.so_far_count) for row in before),
                then_whole_minor=sum(hours_then.values()),
                refunded_minor=sum(int(row.so_far_minor or 0) for row in _of(today, currency, "refund")),
                hours_today=tuple(hours.get(hour, 0) for hour in range(hours_gone)),
                hours_then=tuple(hours_then.get(hour, 0) for hour in range(24)),
            )
        )
    return tuple(sorted(found, key=lambda sales: (-sales.today_count, -sales.then_count, sales.currency)))


def _of(rows: Sequence[Row[Any]], currency: str, kind: str) -> list[Row[Any]]:
    return [row for row in rows if (row.currency, row.kind) == (currency, kind)]


def _by_hour(business_id: uuid.UUID, *, since: datetime, so_far: datetime, time_zone: str) -> Sequence[Row[Any]]:
    """Per currency, kind and hour of the day that begins at `since`: minor units of what succeeded, and minor units
    and count of that up to `so_far`."""
    table = PaymentTransaction.__table__
    hour = func.date_part("hour", func.timezone(time_zone, table.c.decided_at))
    early = table.c.decided_at < so_far
    query = (
        select(
            table.c.currency,
            table.c.kind,
            hour.label("hour"),
            func.sum(table.c.amount_minor).label("minor"),
            func.sum(table.c.amount_minor).filter(early).label("so_far_minor"),
            func.count().filter(early).label("so_far_count"),
        )
        .where(
            table.c.business_id == business_id,
            table.c.created_at >= since - LONGEST,
            table.c.created_at < since + DAY,
            table.c.status == "succeeded",
            table.c.decided_at >= since,
            table.c.decided_at < since + DAY,
        )
        .group_by(table.c.currency, table.c.kind, "hour")
        .limit(1000)
    )
    return db.rows(query)


def _rates(business_id: uuid.UUID, moment: datetime) -> tuple[Rate, ...]:
    attempts, transactions, accounts = (
        PaymentAttempt.__table__,
        PaymentTransaction.__table__,
        ChannelAccount.__table__,
    )
    decided = func.count().filter(attempts.c.status.in_(("succeeded", "failed", "cancelled")))
    succeeded = func.count().filter(attempts.c.status == "succeeded")
    query = (
        select(accounts.c.name, decided.label("tried"), succeeded.label("won"))
        .select_from(transactions)
        .join(
            attempts,
            and_(
                attempts.c.business_id == transactions.c.business_id,
                attempts.c.transaction_id == transactions.c.id,
            ),
        )
        .join(
            accounts,
            and_(
                accounts.c.business_id == attempts.c.business_id,
                accounts.c.id == attempts.c.channel_account_id,
            ),
        )
        .where(
            transactions.c.business_id == business_id,
            transactions.c.created_at >= moment - DAY,
            attempts.c.business_id == business_id,
            attempts.c.id >= first_at(moment - DAY),
            transactions.c.kind == "charge",
        )
        .group_by(accounts.c.name)
        .order_by(decided.desc(), accounts.c.name)
        .limit(20)
    )
    return tuple(Rate(row.name, int(row.tried), int(row.won)) for row in db.rows(query))


def _count(query: Any, *, at_most: int = 100) -> int:
    """How many, up to `at_most`: beyond that the page says "99+"."""
    return int(db.scalar(select(func.count()).select_from(query.limit(at_most).subquery())))


def _any(model: Any, business_id: uuid.UUID) -> bool:
    return db.first(select(model.id).where(model.business_id == business_id).limit(1)) is not None
