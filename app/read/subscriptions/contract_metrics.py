"""What contracts are worth, in one currency: MRR and how it moved by month, churn, recovery, trials, cohorts and income
to come. Each number is the sum of a list of contracts (metric_lists.py). Months are those of the business's zone."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, func, select, text
from sqlalchemy import cast as sql_cast

from app.core import clock, db
from app.domain.signing.models import Contract
from app.domain.signing.mrr import MovementKind, movements

MONTHS = 12
HORIZONS = (30, 90)
KINDS = tuple(MovementKind)
contracts = db.table(Contract)


class _Running(db.JoinedRow):
    number: int
    minor: int


class _Churned(db.JoinedRow):
    buyers: int
    lost: int


class _Cycles(db.JoinedRow):
    won: int
    lost: int
    open: int
    won_minor: int
    lost_minor: int


class _Moved(db.JoinedRow):
    month: int
    kind: str
    minor: int
    number: int


class _CohortStep(db.JoinedRow):
    cohort: int
    month: int
    minor: int
    number: int


@dataclass(frozen=True)
class MonthMoved:
    """A month: what each kind of movement came to, and MRR when it ended (or now). Contractions and churn are
    negative."""

    month: date
    opening_minor: int
    closing_minor: int
    minor: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """As addresses say it: 2026-11."""
        return f"{self.month:%Y-%m}"


@dataclass(frozen=True)
class Share:
    """How many of all, and what they come to; `open` are not decided and do not count."""

    won: int
    all: int
    won_minor: int = 0
    all_minor: int = 0
    open: int = 0

    @property
    def percent(self) -> float | None:
        """Of the number, to a tenth, rounded down; None of nothing."""
        return self.won * 1000 // self.all / 10 if self.all else None

    @property
    def percent_of_money(self) -> float | None:
        """The same of the money."""
        return self.won_minor * 1000 // self.all_minor / 10 if self.all_minor else None


@dataclass(frozen=True)
class Cohort:
    """The contracts that first counted in a month: how many of them still count, and what, at the end of that month and
    of each that followed."""

    month: date
    steps: tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True)
class ContractMetrics:
    """All of one currency. Churn, recovery and trials are those of `chosen`. `upcoming` by days: cycles, money."""

    currency: str
    currencies: tuple[str, ...]
    mrr_minor: int
    running: int
    months: tuple[MonthMoved, ...]
    chosen: MonthMoved
    churn: Share
    recovery: Share
    trials: Share
    cohorts: tuple[Cohort, ...]
    upcoming: dict[int, tuple[int, int]]

    @property
    def arr_minor(self) -> int:
        """Twelve months of MRR."""
        return 12 * self.mrr_minor

    @property
    def counted_months(self) -> tuple[MonthMoved, ...]:
        """The months without the empty ones at their beginning; the last one always."""
        first = next((n for n, each in enumerate(self.months) if each.closing_minor or any(each.minor.values())), -1)
        return self.months[first:]


def contract_metrics(
    business_id: uuid.UUID, *, currency: str, month: str, zone: str, is_strict: bool = False
) -> ContractMetrics:
    """The metrics of a currency, as of now; one that nobody pays in is the first that somebody does, unless it
    `is_strict`. `month` as 2026-11 is the one that is looked at, of the last twelve (another: the present one)."""
    now, tz = clock.now(), ZoneInfo(zone)
    first = _months_before(now.astimezone(tz).date().replace(day=1), MONTHS - 1)
    with db.reading(business_id):
        currencies = _currencies(business_id)
        currency = currency if is_strict or currency in currencies else next(iter(currencies), currency or "USD")
        mine = contracts.c.business_id == business_id, contracts.c.currency == currency, contracts.c.mrr_minor > 0
        minor = func.coalesce(func.sum(contracts.c.mrr_minor), 0).label("minor")
        found = db.first(db.select_as(_Running, select(minor, func.count().label("number")).where(*mine)))
        mrr_minor, running = (int(found.minor), found.number) if found is not None else (0, 0)
        months = _months(business_id, currency, first, zone, mrr_minor=mrr_minor)
        chosen = next((each for each in months if each.name == month), months[-1])
        about = {"business": business_id, "currency": currency}
        spanned = about | dict(zip(("since", "until"), month_span(chosen.month, zone), strict=True))
        churned = db.first(_CHURN, **spanned)
        recovered, trials = db.first(_RECOVERY, **spanned), db.first(_TRIALS, **spanned, now=now)
        upcoming = {days: _upcoming(business_id, currency, now, days) for days in HORIZONS}
        cohorts = _cohorts(db.rows(_COHORTS, **about, zone=zone), first)
    lost = -chosen.minor[MovementKind.CHURN]
    return ContractMetrics(
        currency=currency,
        currencies=currencies,
        mrr_minor=mrr_minor,
        running=running,
        months=months,
        chosen=chosen,
        churn=Share(churned.lost, churned.buyers, lost, chosen.opening_minor) if churned else Share(0, 0),
        recovery=_share(recovered),
        trials=_share(trials),
        cohorts=cohorts,
        upcoming=upcoming,
    )


def month_span(month: date, zone: str) -> tuple[datetime, datetime]:
    """From the first moment of the month to that of the next."""
    tz = ZoneInfo(zone)
    begins, ends = (datetime(each.year, each.month, 1, tzinfo=tz) for each in (month, _months_before(month, -1)))
    return begins, ends


def _share(row: _Cycles | None) -> Share:
    if row is None:
        return Share(0, 0)
    return Share(row.won, row.won + row.lost, row.won_minor, row.won_minor + row.lost_minor, row.open)


def _currencies(business_id: uuid.UUID) -> tuple[str, ...]:
    mine = select(contracts.c.currency).where(contracts.c.business_id == business_id).distinct()
    return tuple(row.currency for row in db.rows(mine.order_by(contracts.c.currency).limit(50)))


def _months(business_id: uuid.UUID, currency: str, first: date, zone: str, *, mrr_minor: int) -> tuple[MonthMoved, ...]:
    """From the present MRR back: what moved since a month ended is taken off again."""
    local = func.timezone(zone, movements.c.occurred_at)
    number = sql_cast(func.extract("year", local) * 12 + func.extract("month", local), Integer).label("month")
    mine = movements.c.business_id == business_id, movements.c.currency == currency
    moved = select(
        number,
        movements.c.kind,
        sql_cast(func.sum(movements.c.amount_minor), movements.c.amount_minor.type).label("minor"),
        func.count().label("number"),
    ).where(*mine, movements.c.occurred_at >= month_span(first, zone)[0])
    found = db.rows(db.select_as(_Moved, moved.group_by(number, movements.c.kind)))
    closing, made = mrr_minor, []
    for back in range(MONTHS):
        month = _months_before(first, back - MONTHS + 1)
        minor = {str(kind): 0 for kind in KINDS} | {row.kind: row.minor for row in found if row.month == _number(month)}
        opening = closing - sum(minor.values())
        made.append(MonthMoved(month, opening, closing, minor))
        closing = opening
    return tuple(reversed(made))


def _upcoming(business_id: uuid.UUID, currency: str, now: datetime, days: int) -> tuple[int, int]:
    given = {"business": business_id, "currency": currency, "until": now + timedelta(days=days)}
    row = db.first(_UPCOMING, **given)
    return (row.number, row.minor) if row is not None else (0, 0)


def _cohorts(found: Sequence[_CohortStep], first: date) -> tuple[Cohort, ...]:
    last, made = _number(first) + MONTHS - 1, []
    for cohort in range(_number(first), last + 1):
        steps, number, minor = [], 0, 0
        for month in range(cohort, last + 1):
            mine = [row for row in found if row.cohort == cohort and row.month == month]
            number, minor = number + sum(row.number for row in mine), minor + sum(row.minor for row in mine)
            steps.append((number, minor))
        if any(row.cohort == cohort for row in found):
            made.append(Cohort(_months_before(first, _number(first) - cohort), tuple(steps)))
    return tuple(made)


def _number(month: date) -> int:
    return month.year * 12 + month.month


def _months_before(month: date, count: int) -> date:
    year, index = divmod(_number(month) - 1 - count, 12)
    return date(year, index + 1, 1)


# A buyer churns who counted when the month began and counts nothing when it ends.
_CHURN = db.select_as(
    _Churned,
    text("""
    SELECT count(*) FILTER (WHERE before > 0) AS buyers, count(*) FILTER (WHERE before > 0 AND after = 0) AS lost
    FROM (
        SELECT coalesce(sum(m.amount_minor) FILTER (WHERE m.occurred_at < :since), 0) AS before,
               sum(m.amount_minor) AS after
        FROM mrr_movements m JOIN contracts c ON c.business_id = m.business_id AND c.id = m.contract_id
        WHERE m.business_id = :business AND m.currency = :currency AND m.occurred_at < :until
        GROUP BY c.buyer_reference
    ) buyer
    """),
)
_RECOVERY = db.select_as(
    _Cycles,
    text("""
    SELECT count(*) FILTER (WHERE status IN ('paid', 'refunded')) AS won,
           count(*) FILTER (WHERE status = 'unpaid') AS lost, count(*) FILTER (WHERE status = 'due') AS open,
           coalesce(sum(amount_minor) FILTER (WHERE status IN ('paid', 'refunded')), 0)::bigint AS won_minor,
           coalesce(sum(amount_minor) FILTER (WHERE status = 'unpaid'), 0)::bigint AS lost_minor
    FROM contract_cycles WHERE business_id = :business AND currency = :currency
        AND refused_at >= :since AND refused_at < :until
    """),
)
_TRIALS = db.select_as(
    _Cycles,
    text("""
    SELECT count(*) FILTER (WHERE is_won) AS won, count(*) FILTER (WHERE NOT is_won AND status = 'ended') AS lost,
           count(*) FILTER (WHERE NOT is_won AND status <> 'ended') AS open,
           0::bigint AS won_minor, 0::bigint AS lost_minor
    FROM (
        SELECT c.status, EXISTS (
            SELECT FROM contract_cycles y WHERE y.business_id = t.business_id AND y.contract_id = t.contract_id
            AND y.number > 0 AND y.status IN ('paid', 'refunded')) AS is_won
        FROM contract_cycles t JOIN contracts c ON c.business_id = t.business_id AND c.id = t.contract_id
        WHERE t.business_id = :business AND t.currency = :currency AND t.number = 0
            AND t.status IN ('paid', 'refunded') AND t.ends_at >= :since AND t.ends_at < :until AND t.ends_at <= :now
    ) trial
    """),
)
_COHORTS = db.select_as(
    _CohortStep,
    text("""
    SELECT cohort, month, sum(amount_minor)::bigint AS minor,
           sum(CASE WHEN kind IN ('new', 'reactivation') THEN 1 WHEN kind = 'churn' THEN -1 ELSE 0 END)::int AS number
    FROM (
        SELECT m.kind, m.amount_minor,
               (extract(year FROM f.at) * 12 + extract(month FROM f.at))::int AS cohort,
               (extract(year FROM m.occurred_at AT TIME ZONE :zone) * 12
                + extract(month FROM m.occurred_at AT TIME ZONE :zone))::int AS month
        FROM mrr_movements m JOIN LATERAL (
            SELECT n.occurred_at AT TIME ZONE :zone AS at FROM mrr_movements n WHERE n.business_id = m.business_id
            AND n.contract_id = m.contract_id AND n.kind = 'new') f ON true
        WHERE m.business_id = :business AND m.currency = :currency
    ) moved GROUP BY cohort, month
    """),
)
# Cycles to come by each contract's calendar, as signing/calendar.py counts it: the next one when it is due, each that
# follows so many intervals after the anchor, on its day of the month or the last one.
DUE_CYCLES = """
SELECT c.id AS contract_id, n.number, due.at AS at, c.quantity *
    CASE WHEN n.number <= p.intro_cycles AND c.intro_minor IS NOT NULL THEN c.intro_minor ELSE c.unit_minor END AS minor
FROM contracts c
JOIN plans p ON p.business_id = c.business_id AND p.id = c.plan_id
CROSS JOIN LATERAL generate_series(c.next_cycle, c.next_cycle + CASE p.interval_unit WHEN 'day' THEN 92
    WHEN 'week' THEN 14 WHEN 'month' THEN 4 ELSE 2 END / p.interval_count + 1) AS n(number)
CROSS JOIN LATERAL (SELECT c.anchor_at AT TIME ZONE c.time_zone AS at,
    (n.number - c.anchor_number) * p.interval_count AS steps) local
CROSS JOIN LATERAL (SELECT date_trunc('month', local.at) + make_interval(
    months => local.steps * CASE p.interval_unit WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 ELSE 12 END) AS at) begin_of
CROSS JOIN LATERAL (SELECT CASE WHEN n.number = c.next_cycle THEN c.next_due_at ELSE (
    CASE p.interval_unit WHEN 'day' THEN local.at + make_interval(days => local.steps)
        WHEN 'week' THEN local.at + make_interval(weeks => local.steps)
        ELSE begin_of.at + local.at::time + make_interval(days => least(
            coalesce(c.anchor_day, extract(day FROM local.at)::int),
            extract(day FROM begin_of.at + interval '1 month - 1 day')::int) - 1)
    END) AT TIME ZONE c.time_zone END AS at) due
WHERE c.business_id = :business AND c.currency = :currency AND c.next_due_at <= :until AND due.at <= :until
    AND n.number > 0 AND (p.cycle_count IS NULL OR n.number <= p.cycle_count)
"""


class _Income(db.JoinedRow):
    number: int
    minor: int


_INCOME = "SELECT count(*) AS number, coalesce(sum(minor), 0)::bigint AS minor FROM ({due}) due_cycle"
_UPCOMING = db.select_as(_Income, text(_INCOME.format(due=DUE_CYCLES)))
