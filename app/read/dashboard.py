"""The home page's figures. What each one means stands in its docstring and is shown beside the figure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, select

from app.core import clock, db
from app.domain.catalog.models import Product
from app.domain.orders.models import Order
from app.domain.payments.models import ChannelAccount, PaymentAttempt, PaymentTransaction
from app.read.order_search import in_trouble

WEEK = timedelta(days=7)
# A payment is decided at most this long after it was begun; lets the index on created_at find decided_at.
LONGEST = timedelta(days=2)


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
    """Payments tried in the last seven days that are decided: how many of them succeeded."""

    name: str
    decided: int
    succeeded: int

    @property
    def percent(self) -> int | None:
        """Rounded down, so that 100 means every one; None when nothing was decided."""
        return self.succeeded * 100 // self.decided if self.decided else None


@dataclass(frozen=True)
class Home:
    """Everything on the home page. `sales` holds one entry per currency, the largest first; never empty."""

    sales: tuple[Sales, ...]
    rate: Rate
    by_channel: tuple[Rate, ...]
    trouble: int
    waiting: int
    has_products: bool
    has_orders: bool
    has_channels: bool
    day_starts_at: datetime
    hours_gone: float  # of the business's day, with its fraction


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
    today = _by_hour(business_id, "charge", since=midnight, until=moment, time_zone=time_zone)
    last = _by_hour(business_id, "charge", since=then, until=then + timedelta(days=1), time_zone=time_zone)
    back = _by_hour(business_id, "refund", since=midnight, until=moment, time_zone=time_zone)
    so_far = _by_hour(business_id, "charge", since=then, until=moment - WEEK, time_zone=time_zone)
    found = []
    for currency in {**today, **last, **back} or {"USD": {}}:
        hours, hours_then = today.get(currency, {}), last.get(currency, {})
        sold, before = _total(hours), _total(so_far.get(currency, {}))
        found.append(
            Sales(
                currency=currency,
                today_minor=sold[0],
                today_count=sold[1],
                then_minor=before[0],
                then_count=before[1],
                then_whole_minor=_total(hours_then)[0],
                refunded_minor=_total(back.get(currency, {}))[0],
                hours_today=tuple(hours.get(hour, (0, 0))[0] for hour in range(_hour(moment, time_zone) + 1)),
                hours_then=tuple(hours_then.get(hour, (0, 0))[0] for hour in range(24)),
            )
        )
    return tuple(sorted(found, key=lambda sales: (-sales.today_minor, -sales.then_whole_minor, sales.currency)))


def _by_hour(
    business_id: uuid.UUID, kind: str, *, since: datetime, until: datetime, time_zone: str
) -> dict[str, dict[int, tuple[int, int]]]:
    """Per currency and hour of the day: minor units and count of what succeeded in the span."""
    table = PaymentTransaction.__table__
    hour = func.date_part("hour", func.timezone(time_zone, table.c.decided_at))
    query = (
        select(
            table.c.currency,
            hour.label("hour"),
            func.sum(table.c.amount_minor).label("minor"),
            func.count().label("count_of"),
        )
        .where(
            table.c.business_id == business_id,
            table.c.created_at >= since - LONGEST,
            table.c.created_at < until,
            table.c.kind == kind,
            table.c.status == "succeeded",
            table.c.decided_at >= since,
            table.c.decided_at < until,
        )
        .group_by(table.c.currency, "hour")
        .limit(1000)
    )
    found: dict[str, dict[int, tuple[int, int]]] = {}
    for row in db.rows(query):
        found.setdefault(row.currency, {})[int(row.hour)] = (int(row.minor), int(row.count_of))
    return found


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
            transactions.c.created_at >= moment - WEEK,
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


def _total(hours: dict[int, tuple[int, int]]) -> tuple[int, int]:
    return sum(minor for minor, _ in hours.values()), sum(count for _, count in hours.values())


def _hour(moment: datetime, time_zone: str) -> int:
    return moment.astimezone(ZoneInfo(time_zone)).hour
