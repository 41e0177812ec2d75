"""The metrics of a period, from what workflow/insights/count_metrics counted. What each means:
docs/reference/metrics.md."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select, text

from app.core import clock, db
from app.core.db.models import StateChange
from app.core.ids import first_at
from app.domain.accounts.business.models import Business
from app.domain.catalog.models import Product
from app.domain.insights.metrics.models import DayMetric, HourMetric, MetricProgress
from app.domain.insights.metrics.types import STAGES
from app.domain.payments.models import ChannelAccount
from app.read.periods import Period

days, hours, progress = db.table(DayMetric), db.table(HourMetric), db.table(MetricProgress)
steps = db.table(StateChange)
TOP = 5
LATE = timedelta(minutes=2)


class _Visits(db.JoinedRow):
    """How many visits that are not over yet came how far."""

    opened: int
    chosen: int
    confirmed: int
    paid: int


class _Sold(db.JoinedRow):
    key: str
    number: Decimal
    subset_count: Decimal
    minor: Decimal


class _Counted(db.JoinedRow):
    """What there was of one kind in one currency."""

    kind: str
    currency: str
    number: int
    subset_count: int
    amount_minor: int | Decimal


# What the last hour of the other span brought before the moment that answers to the present one.
_PART = db.select_as(
    _Counted,
    text("""
SELECT 'sales' AS kind, currency, count(*) AS number, 0 AS subset_count, sum(total_minor) AS amount_minor FROM orders
WHERE business_id = :business AND paid_at >= :since AND paid_at < :until GROUP BY 2
UNION ALL
SELECT 'refund', t.currency, count(*), 0, sum(a.amount_minor) FROM payment_transactions t
JOIN payment_attempts a ON a.business_id = :business AND a.transaction_id = t.id AND a.status = 'succeeded'
  AND a.applied
WHERE t.business_id = :business AND t.kind = 'refund' AND t.status = 'succeeded' AND t.decided_at >= :since
  AND t.decided_at < :until GROUP BY 2
"""),
)
# Visits that are not over yet are not counted beforehand.
_OPEN_VISITS = db.select_as(
    _Visits,
    text("""
SELECT count(*) AS opened, count(*) FILTER (WHERE v.channel IS NOT NULL OR v.order_id IS NOT NULL) AS chosen,
       count(v.order_id) AS confirmed, 0 AS paid
FROM checkout_sessions v WHERE v.business_id = :business AND v.status = 'open' AND v.currency = :currency
  AND v.created_at >= timezone(:zone, CAST(:since AS timestamp))
  AND v.created_at < timezone(:zone, CAST(:until AS timestamp))
"""),
)


@dataclass(frozen=True)
class Sum:
    """Of one kind in one currency."""

    number: int = 0
    subset_count: int = 0
    minor: int = 0

    def plus(self, row: DayMetric | _Counted) -> Sum:
        """With what the row says."""
        return Sum(self.number + row.number, self.subset_count + row.subset_count, self.minor + int(row.amount_minor))


@dataclass(frozen=True)
class Totals:
    """What was sold and refunded in one span, in one currency."""

    sales: Sum = Sum()
    refunds: Sum = Sum()

    @property
    def net_minor(self) -> int:
        """Sold, less what went back in the same span."""
        return self.sales.minor - self.refunds.minor

    @property
    def average_minor(self) -> int | None:
        """Of an order; rounded down to whole minor units."""
        return self.sales.minor // self.sales.number if self.sales.number else None


@dataclass(frozen=True)
class Step:
    """One bar of the chart: a day, or an hour of the only day; `then` is what the other span had in its place."""

    day: date
    hour: int | None
    minor: int
    number: int
    refunded: int
    then: int


@dataclass(frozen=True)
class Part:
    """One of several: a channel, a product, a reason. `key` is its id, where it has one."""

    key: str
    name: str
    number: int
    subset_count: int
    minor: int

    @property
    def percent(self) -> int | None:
        """How many of `number` are `subset_count`, rounded down so that 100 means every one."""
        return self.subset_count * 100 // self.number if self.number else None


@dataclass(frozen=True)
class Metrics:
    """The metrics of a period in one currency. `currencies` are those of the period, the most used first."""

    period: Period
    currency: str
    currencies: tuple[str, ...]
    by_currency: dict[str, tuple[Totals, Totals]]
    first: Sum
    steps: tuple[Step, ...]
    channels: tuple[Part, ...]
    products: tuple[Part, ...]
    reasons: tuple[Part, ...]
    visits: tuple[tuple[str, int], ...]
    is_late: bool

    @property
    def now(self) -> Totals:
        """The period's."""
        return self.by_currency[self.currency][0]

    @property
    def then(self) -> Totals:
        """Those of the span it compares with, up to the moment that answers to the present one."""
        return self.by_currency[self.currency][1]

    @property
    def returning(self) -> int:
        """Orders of buyers who had bought before."""
        return self.now.sales.number - self.first.number

    @property
    def tried(self) -> Part:
        """All channels' attempts together."""
        found = self.channels
        return Part("", "", sum(each.number for each in found), sum(each.subset_count for each in found), 0)


def metrics(business_id: uuid.UUID, period: Period, currency: str = "") -> Metrics:
    """The metrics in this currency, or in the one with most orders when nothing was sold in it."""
    with db.reading(business_id):
        rows = _rows(business_id, period)
        by_currency = _totals(business_id, rows, period)
        order = sorted(by_currency, key=lambda each: (-by_currency[each][0].sales.number, each))
        shown = currency if currency in by_currency else order[0]
        in_currency = [row for row in rows if row.currency == shown and period.since <= row.day <= period.until]
        return Metrics(
            period=period,
            currency=shown,
            currencies=tuple(order),
            by_currency=by_currency,
            first=_sum(row for row in in_currency if row.kind == "first"),
            steps=_steps(business_id, period, shown, rows),
            channels=_named(business_id, _parts(in_currency, "tried"), ChannelAccount),
            products=_top_products(business_id, period, shown),
            reasons=_parts(in_currency, "reason")[:TOP],
            visits=_visits(business_id, period, shown, in_currency),
            is_late=_is_late(business_id),
        )


def _rows(business_id: uuid.UUID, period: Period) -> Sequence[DayMetric]:
    spans = or_(
        days.c.day.between(period.since, period.until), days.c.day.between(period.before_since, period.before_until)
    )
    kinds = days.c.kind.in_(("sales", "first", "refund", "reason", "tried", "visit"))
    return db.rows(select(days).where(days.c.business_id == business_id, kinds, spans).limit(100_000))


def _sum(rows: Iterable[DayMetric]) -> Sum:
    total = Sum()
    for row in rows:
        total = total.plus(row)
    return total


def _totals(business_id: uuid.UUID, rows: Sequence[DayMetric], period: Period) -> dict[str, tuple[Totals, Totals]]:
    """Currency → the period's and the other span's; never empty."""
    now: dict[tuple[str, str], Sum] = defaultdict(Sum)
    then: dict[tuple[str, str], Sum] = defaultdict(Sum)
    for row in rows:
        if row.kind not in ("sales", "refund"):
            continue
        if period.since <= row.day <= period.until:
            now[row.currency, row.kind] = now[row.currency, row.kind].plus(row)
        elif period.cut is None or row.day < period.cut.date():
            then[row.currency, row.kind] = then[row.currency, row.kind].plus(row)
    for part in _cut_day(business_id, period):
        then[part.currency, part.kind] = then[part.currency, part.kind].plus(part)
    found = sorted({currency for currency, _ in (*now, *then)}) or [_main_currency(business_id)]
    return {
        each: (
            Totals(now[each, "sales"], now[each, "refund"]),
            Totals(then[each, "sales"], then[each, "refund"]),
        )
        for each in found
    }


def _main_currency(business_id: uuid.UUID) -> str:
    chosen = db.scalar(select(Business.currencies).where(Business.id == business_id))
    return next(iter(chosen or ()), "USD")


def _cut_day(business_id: uuid.UUID, period: Period) -> Sequence[_Counted]:
    """Of the other span's last day, what lay before its cut: whole hours as they were counted, and the rest."""
    if period.cut is None:
        return ()
    day, hour = period.cut.date(), period.cut.hour
    whole = select(hours.c.kind, hours.c.currency, hours.c.number, hours.c.subset_count, hours.c.amount_minor).where(
        hours.c.business_id == business_id,
        hours.c.day == day,
        hours.c.hour < hour,
        hours.c.kind.in_(("sales", "refund")),
    )
    since = period.cut.replace(minute=0, second=0, microsecond=0)
    part = db.rows(_PART, business=business_id, since=since, until=period.cut)
    return [*db.rows(db.select_as(_Counted, whole.limit(10_000))), *part]


def _steps(business_id: uuid.UUID, period: Period, currency: str, rows: Sequence[DayMetric]) -> tuple[Step, ...]:
    if period.is_one_day:
        return _by_hour(business_id, period, currency)
    sales = {row.day: row for row in rows if row.currency == currency and row.kind == "sales"}
    back = {row.day: int(row.amount_minor) for row in rows if row.currency == currency and row.kind == "refund"}
    made = []
    for number in range(period.days):
        day, other = period.since + timedelta(days=number), period.before_since + timedelta(days=number)
        sold, then = sales.get(day), sales.get(other) if other <= period.before_until else None
        made.append(
            Step(
                day=day,
                hour=None,
                minor=int(sold.amount_minor) if sold else 0,
                number=sold.number if sold else 0,
                refunded=back.get(day, 0),
                then=int(then.amount_minor) if then else 0,
            )
        )
    return tuple(made)


def _by_hour(business_id: uuid.UUID, period: Period, currency: str) -> tuple[Step, ...]:
    query = select(hours).where(
        hours.c.business_id == business_id,
        hours.c.day.in_((period.since, period.before_since)),
        hours.c.kind.in_(("sales", "refund")),
        hours.c.currency == currency,
    )
    found = {(row.day, row.hour, row.kind): row for row in db.rows(query.limit(200))}

    def minor(day: date, hour: int, kind: str) -> int:
        row = found.get((day, hour, kind))
        return int(row.amount_minor) if row else 0

    return tuple(
        Step(
            day=period.since,
            hour=hour,
            minor=minor(period.since, hour, "sales"),
            number=found[period.since, hour, "sales"].number if (period.since, hour, "sales") in found else 0,
            refunded=minor(period.since, hour, "refund"),
            then=minor(period.before_since, hour, "sales"),
        )
        for hour in range(24)
    )


def _parts(rows: Sequence[DayMetric], kind: str) -> tuple[Part, ...]:
    sums: dict[str, Sum] = defaultdict(Sum)
    for row in rows:
        if row.kind == kind:
            sums[row.key] = sums[row.key].plus(row)
    found = (Part(key, key, each.number, each.subset_count, each.minor) for key, each in sums.items())
    return tuple(sorted(found, key=lambda part: (-part.number, part.key)))


def _named(business_id: uuid.UUID, parts: Sequence[Part], model: Any) -> tuple[Part, ...]:
    """The parts with the names of the rows that their keys are ids of."""
    if not parts:
        return ()
    ids = [uuid.UUID(part.key) for part in parts]
    query = select(model.id, model.name).where(model.business_id == business_id, model.id.in_(ids))
    names = {str(row.id): row.name for row in db.rows(query.limit(len(ids)))}
    return tuple(
        Part(part.key, names.get(part.key, ""), part.number, part.subset_count, part.minor)
        for part in parts
        if part.key in names
    )


def _top_products(business_id: uuid.UUID, period: Period, currency: str) -> tuple[Part, ...]:
    minor = func.sum(days.c.amount_minor)
    sums = select(
        days.c.key,
        func.sum(days.c.number).label("number"),
        func.sum(days.c.subset_count).label("subset_count"),
        minor.label("minor"),
    )
    query = (
        db.select_as(_Sold, sums)
        .where(
            days.c.business_id == business_id,
            days.c.kind == "product",
            days.c.day.between(period.since, period.until),
            days.c.currency == currency,
        )
        .group_by(days.c.key)
        .order_by(minor.desc(), days.c.key)
        .limit(TOP)
    )
    parts = [Part(row.key, "", int(row.number), int(row.subset_count), int(row.minor)) for row in db.rows(query)]
    return _named(business_id, parts, Product)


def _visits(
    business_id: uuid.UUID, period: Period, currency: str, mine: Sequence[DayMetric]
) -> tuple[tuple[str, int], ...]:
    over = {part.key: part.number for part in _parts(mine, "visit")}
    begun, ended = period.since, period.until + timedelta(days=1)
    values = {"business": business_id, "currency": currency, "zone": period.time_zone, "since": begun, "until": ended}
    row = db.rows(_OPEN_VISITS, **values)[0]
    still = {"opened": row.opened, "chosen": row.chosen, "confirmed": row.confirmed, "paid": row.paid}
    return tuple((stage, over.get(stage, 0) + still[stage]) for stage in STAGES)


def _is_late(business_id: uuid.UUID) -> bool:
    """Whether something that happened a while ago is not counted yet."""
    seen = db.scalar(select(progress.c.seen_id).where(progress.c.business_id == business_id)) or uuid.UUID(int=0)
    late = first_at(clock.actual() - LATE)
    waiting = select(steps.c.id).where(steps.c.business_id == business_id, steps.c.id > seen, steps.c.id < late)
    return db.first(waiting.limit(1)) is not None
