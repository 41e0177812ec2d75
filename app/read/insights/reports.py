"""Reports: the metrics of a period as tables, by day, product, channel, discount and reason; and the balances."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypeVar

from sqlalchemy import func, select

from app.core import db
from app.core.errors import NotFound
from app.core.money import plain
from app.domain.catalog.models import Product
from app.domain.insights.metrics.models import DayMetric, ReportSchedule
from app.domain.marketing.models import CouponTemplate, Promotion
from app.domain.payments.models import ChannelAccount, ChannelTerms
from app.lib import sheets
from app.read.ledger import balances
from app.read.periods import Period, period_of

MAX_ROWS = 5000
days, terms, wanted = db.table(DayMetric), db.table(ChannelTerms), db.table(ReportSchedule)
Cell = str | int | None


@dataclass(frozen=True)
class Column:
    """One column; money is in minor units of the row's `currency`."""

    key: str
    title: str
    kind: Literal["text", "number", "money", "percent"] = "number"


@dataclass(frozen=True)
class Report:
    """A kind of report; `anchor` is the metric that its numbers are defined with."""

    name: str
    title: str
    says: str
    anchor: str
    columns: tuple[Column, ...]
    read: Callable[[uuid.UUID, Period], list[dict[str, Cell]]]


@dataclass(frozen=True)
class Table:
    """A report of a period, its rows in order."""

    report: Report
    period: Period
    rows: tuple[dict[str, Cell], ...]

    @property
    def proofs(self) -> tuple[balances.Proof, ...]:
        """That debits and credits are equal, currency by currency; of other reports nothing."""
        return balances.proofs(self.rows) if self.report.name == "balances" else ()

    @property
    def lines(self) -> Iterator[list[str | int]]:
        """The table as a file has it, its head first; amounts as plain numbers."""
        yield [column.title for column in self.report.columns]
        for row in self.rows:
            yield [_cell(column, row) for column in self.report.columns]

    @property
    def file_name(self) -> str:
        """What its file is called, without an ending."""
        return f"{self.report.name}-{self.period.since.isoformat()}-{self.period.until.isoformat()}"


def table(business_id: uuid.UUID, name: str, period: Period) -> Table:
    """The report of this name.

    Raises:
        NotFound: there is no such report.
    """
    report = REPORTS.get(name)
    if report is None:
        raise NotFound("not_found", f"There is no report called {name[:40]!r}.")
    with db.reading(business_id):
        return Table(report, period, tuple(report.read(business_id, period)))


def attachment(details: dict[str, Any]) -> tuple[str, bytes] | None:
    """The CSV of the report that a mail (its details) tells of; None when the mail does not say which it is."""
    if not {"business", "report", "since", "until", "time_zone"} <= details.keys():
        return None
    if details["report"] not in REPORTS:
        return None
    since, until = (date.fromisoformat(details[key]) for key in ("since", "until"))
    period = period_of("own", details["time_zone"], since=since, until=until)
    found = table(uuid.UUID(details["business"]), details["report"], period)
    return f"{found.file_name}.csv", b"".join(sheets.as_csv(found.lines))


def _cell(column: Column, row: dict[str, Cell]) -> str | int:
    value = row[column.key]
    if value is None:
        return ""
    return plain(int(value), str(row["currency"])) if column.kind == "money" else value


def schedules_of(business_id: uuid.UUID, user_id: uuid.UUID) -> tuple[ReportSchedule, ...]:
    """What is mailed to this person, the next one first."""
    conditions = wanted.c.business_id == business_id, wanted.c.user_id == user_id
    with db.reading(business_id):
        return tuple(db.rows(select(wanted).where(*conditions).order_by(wanted.c.next_at, wanted.c.id).limit(100)))


class _Sum(db.JoinedRow):
    currency: str
    number: Decimal
    subset_count: Decimal
    minor: Decimal


class _DaySum(_Sum):
    day: date
    kind: str


class _KeySum(_Sum):
    key: str


class _RuleSum(_KeySum):
    kind: str


SumRow = TypeVar("SumRow", bound=_Sum)


def _sums(
    row: type[SumRow], business_id: uuid.UUID, period: Period, *kinds: str, by: Sequence[Any]
) -> Sequence[SumRow]:
    """Sums of these kinds over the period, `by` columns and currency."""
    query = (
        select(
            *by,
            days.c.currency,
            func.sum(days.c.number).label("number"),
            func.sum(days.c.subset_count).label("subset_count"),
            func.sum(days.c.amount_minor).label("minor"),
        )
        .where(
            days.c.business_id == business_id,
            days.c.kind.in_(kinds),
            days.c.day.between(period.since, period.until),
        )
        .group_by(*by, days.c.currency)
        .order_by(*([days.c.day] if days.c.day in by else []), func.sum(days.c.amount_minor).desc(), *by)
        .limit(MAX_ROWS)
    )
    return db.rows(db.select_as(row, query))


def _by_day(business_id: uuid.UUID, period: Period) -> list[dict[str, Cell]]:
    found: dict[tuple[str, str], dict[str, Cell]] = {}
    for row in _sums(_DaySum, business_id, period, "sales", "refund", "first", by=(days.c.day, days.c.kind)):
        empty: dict[str, Cell] = {"day": row.day.isoformat(), "currency": row.currency}
        empty |= dict.fromkeys(("orders", "first_orders", "sales_minor", "refunds", "refunded_minor"), 0)
        line = found.setdefault((row.day.isoformat(), row.currency), empty)
        if row.kind == "sales":
            line |= {"orders": int(row.number), "sales_minor": int(row.minor)}
        elif row.kind == "refund":
            line |= {"refunds": int(row.number), "refunded_minor": int(row.minor)}
        else:
            line["first_orders"] = int(row.number)
    for line in found.values():
        line["net_minor"] = int(line["sales_minor"] or 0) - int(line["refunded_minor"] or 0)
    return [found[key] for key in sorted(found)]


def _by_product(business_id: uuid.UUID, period: Period) -> list[dict[str, Cell]]:
    rows = _sums(_KeySum, business_id, period, "product", by=(days.c.key,))
    names = _names(business_id, Product, rows)
    return [
        {
            "product": names.get(row.key, row.key),
            "currency": row.currency,
            "quantity": int(row.number),
            "orders": int(row.subset_count),
            "sales_minor": int(row.minor),
        }
        for row in rows
    ]


def _by_channel(business_id: uuid.UUID, period: Period) -> list[dict[str, Cell]]:
    paid = {(row.key, row.currency): row for row in _sums(_KeySum, business_id, period, "channel", by=(days.c.key,))}
    tried = {(row.key, row.currency): row for row in _sums(_KeySum, business_id, period, "tried", by=(days.c.key,))}
    names = _names(business_id, ChannelAccount, [*paid.values(), *tried.values()])
    lines: list[dict[str, Cell]] = []
    for key in dict.fromkeys((*paid, *tried)):
        took, of = paid.get(key), tried.get(key)
        decided, won = (int(of.number), int(of.subset_count)) if of else (0, 0)
        lines.append(
            {
                "channel": names.get(key[0], key[0]),
                "currency": key[1],
                "attempts": decided,
                "succeeded": won,
                "success_percent": won * 100 // decided if decided else None,
                "payments": int(took.number) if took else 0,
                "amount_minor": int(took.minor) if took else 0,
            }
        )
    return lines


def _fees(business_id: uuid.UUID, period: Period) -> list[dict[str, Cell]]:
    """What the accounts' terms say of what came in; nothing where no fee is known."""
    rows = _sums(_KeySum, business_id, period, "channel", by=(days.c.key,))
    names = _names(business_id, ChannelAccount, rows)
    known = {
        (str(row.channel_account_id), row.currency): row
        for row in db.rows(select(terms).where(terms.c.business_id == business_id).limit(1000))
    }
    lines: list[dict[str, Cell]] = []
    for row in rows:
        fee = known.get((row.key, row.currency))
        bps, fixed = (fee.fee_bps, fee.fee_fixed_minor) if fee else (None, None)
        is_known = bps is not None or fixed is not None
        worth = int(row.minor) * (bps or 0)
        lines.append(
            {
                "channel": names.get(row.key, row.key),
                "currency": row.currency,
                "payments": int(row.number),
                "amount_minor": int(row.minor),
                "rate_bps": bps,
                "fixed_minor": fixed,
                # Half a minor unit and more counts as one, as companies round.
                "fee_minor": (worth + 5000) // 10_000 + int(row.number) * (fixed or 0) if is_known else None,
            }
        )
    return lines


def _discounts(business_id: uuid.UUID, period: Period) -> list[dict[str, Cell]]:
    rows = _sums(_RuleSum, business_id, period, "coupon", "promotion", by=(days.c.kind, days.c.key))
    names = _names(business_id, CouponTemplate, [row for row in rows if row.kind == "coupon"])
    names |= _names(business_id, Promotion, [row for row in rows if row.kind == "promotion"])
    return [
        {
            "kind": row.kind.capitalize(),
            "name": names.get(row.key, row.key),
            "currency": row.currency,
            "orders": int(row.number),
            "discount_minor": int(row.minor),
        }
        for row in rows
    ]


def _reasons(business_id: uuid.UUID, period: Period) -> list[dict[str, Cell]]:
    return [
        {
            "reason": row.key,
            "currency": row.currency,
            "refunds": int(row.number),
            "refunded_minor": int(row.minor),
        }
        for row in _sums(_KeySum, business_id, period, "reason", by=(days.c.key,))
    ]


def _names(business_id: uuid.UUID, model: Any, rows: Sequence[_KeySum]) -> dict[str, str]:
    ids = {uuid.UUID(row.key) for row in rows}
    if not ids:
        return {}
    query = select(model.id, model.name).where(model.business_id == business_id, model.id.in_(ids))
    return {str(row.id): row.name for row in db.rows(query.limit(len(ids)))}


_CURRENCY = Column("currency", "Currency", "text")
_LIST = (
    Report(
        "sales",
        "Sales by day",
        "Orders, sales, refunds and net sales per day.",
        "gross-sales",
        (
            Column("day", "Day", "text"), _CURRENCY, Column("orders", "Orders"),
            Column("first_orders", "From new buyers"), Column("sales_minor", "Sales", "money"),
            Column("refunds", "Refunds"), Column("refunded_minor", "Refunded", "money"),
            Column("net_minor", "Net", "money"),
        ),
        _by_day,
    ),
    Report(
        "products",
        "Sales by product",
        "Units, orders and sales after discounts.",
        "top-products",
        (
            Column("product", "Product", "text"), _CURRENCY, Column("quantity", "Quantity"), Column("orders", "Orders"),
            Column("sales_minor", "Sales", "money"),
        ),
        _by_product,
    ),
    Report(
        "channels",
        "Sales by channel",
        "Amount received and success rate per channel.",
        "success-rate",
        (
            Column("channel", "Channel", "text"), _CURRENCY, Column("attempts", "Completed attempts"),
            Column("succeeded", "Succeeded"), Column("success_percent", "Success rate", "percent"),
            Column("payments", "Payments"), Column("amount_minor", "Amount", "money"),
        ),
        _by_channel,
    ),
    Report(
        "discounts",
        "Coupons and promotions",
        "Paid orders and total discount per promotion and coupon.",
        "gross-sales",
        (
            Column("kind", "Kind", "text"), Column("name", "Name", "text"), _CURRENCY, Column("orders", "Orders"),
            Column("discount_minor", "Discount", "money"),
        ),
        _discounts,
    ),
    Report(
        "refunds",
        "Refunds by reason",
        "Number and amount of refunds per reason.",
        "refund-rate",
        (
            Column("reason", "Reason", "text"), _CURRENCY, Column("refunds", "Refunds"),
            Column("refunded_minor", "Refunded", "money"),
        ),
        _reasons,
    ),
    Report(
        "fees",
        "Fees",
        "Estimated fees based on the rates you set. Actual fees are on the channels’ invoices.",
        "fees",
        (
            Column("channel", "Channel", "text"), _CURRENCY, Column("payments", "Payments"),
            Column("amount_minor", "Amount", "money"), Column("rate_bps", "Basis points"),
            Column("fixed_minor", "Each", "money"), Column("fee_minor", "Fees", "money"),
        ),
        _fees,
    ),
    Report(
        "balances",
        "Balances",
        "Opening balance, debits, credits and closing balance per ledger account, with proof that the ledger "
        "balances.",
        "balances",
        (
            Column("account", "Account", "text"), Column("kind", "Ledger account", "text"), _CURRENCY,
            Column("accounts", "Accounts"), Column("opening_minor", "Opening", "money"),
            Column("in_minor", "In", "money"), Column("out_minor", "Out", "money"),
            Column("closing_minor", "Closing", "money"),
        ),
        balances.balances,
    ),
)  # fmt: skip
REPORTS: dict[str, Report] = {each.name: each for each in _LIST}
