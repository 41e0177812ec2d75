"""Reports: tables of a period's metrics."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, AnyAmountMinor, Currency, Moment, QueryShape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.read.accounts import people
from app.read.insights import reports
from app.read.ledger import balances
from app.read.periods import MAX_DAYS, between

Account = Literal[
    "channel_clearing",
    "merchant_payable",
    "unapplied",
    "wallet",
    "shortfall",
    "owed_by_buyer",
    "claims",
    "bank",
    "channel_fees",
    "platform_revenue",
    "partner",
    "disputed",
    "adjustments",
    "suspense",
]
Name = Literal["sales", "products", "channels", "discounts", "refunds", "fees", "balances"]


class ReportQuery(QueryShape):
    """Which days."""

    report: Annotated[Name, Field(description="The report.")] = "sales"
    since: Annotated[
        date | None,
        Field(
            description="First day in the business’s time zone. Defaults to the last 30 days.",
        ),
    ] = None
    until: Annotated[
        date | None,
        Field(
            description=f"Last day. Defaults to today. A report covers at most {MAX_DAYS} days.",
        ),
    ] = None


class ReportColumn(Answer):
    """One column of a report."""

    key: str
    title: str
    kind: Annotated[
        Literal["text", "number", "money", "percent"],
        Field(description="`money` is in minor units of the row's `currency`."),
    ]


class Report(Answer):
    """A report: its columns, and a row for each line."""

    report: Name
    since: str
    until: str
    columns: list[ReportColumn]
    rows: Annotated[list[dict[str, Any]], Field(description="One object per row, with one field per column.")]
    balanced: Annotated[
        bool | None,
        Field(description="For `balances`: whether debits equal credits in every currency. Null for other reports."),
    ]


@v1.get("/reports", query=ReportQuery, answer=Report, permission="reports.read", tag="Reports")
def get_report(caller: KeyCaller, query: ReportQuery) -> Report:
    """Get a report.

    The metrics of some days as a table, by currency: sales by day, by product and by channel, discounts, refunds by
    reason, and fees. They are counted a few seconds after the fact. `balances` are those of the ledger.
    """
    period = between(query.since, query.until, people.time_zone_of(caller.business_id))
    found = reports.table(caller.business_id, query.report, period)
    return Report(
        report=query.report,
        since=found.period.since.isoformat(),
        until=found.period.until.isoformat(),
        columns=[ReportColumn(key=each.key, title=each.title, kind=each.kind) for each in found.report.columns],
        rows=[{each.key: row[each.key] for each in found.report.columns} for row in found.rows],
        balanced=all(each.is_balanced for each in found.proofs) if found.report.name == "balances" else None,
    )


class LedgerQuery(ListQuery):
    """Which account, and which days."""

    account: Annotated[Account, Field(description="The kind of account, as in the report `balances`.")] = (
        "merchant_payable"
    )
    currency: Annotated[Currency, Field(description="Each account is in one currency.")] = "USD"
    channel_account: Annotated[
        str | None,
        Field(
            description="Of `channel_clearing` or `channel_fees`: of this channel account alone.", examples=["cha_…"]
        ),
    ] = None
    bank_account: Annotated[
        str | None, Field(description="Of `bank`: of this bank account alone.", examples=["bka_…"])
    ] = None
    since: Annotated[
        date | None, Field(description="First day in the business’s time zone. Defaults to the last 30 days.")
    ] = None
    until: Annotated[date | None, Field(description="Last day. Defaults to today.")] = None


class LedgerEntry(Answer):
    """One posting on an account."""

    posting: Annotated[str, Field(description="What was posted.", examples=["charge"])]
    amount_minor: Annotated[AnyAmountMinor, Field(description="Positive: incoming; negative: outgoing.")]
    currency: str
    order_id: str | None
    movement_id: str | None
    created_at: Moment


@v1.get(
    "/ledger_entries",
    query=LedgerQuery,
    answer=Page[LedgerEntry],
    permission="reports.read",
    tag="Reports",
    errors=("not_found",),
)
def list_ledger_entries(caller: KeyCaller, query: LedgerQuery) -> Page[LedgerEntry]:
    """List postings on an account.

    Newest first. Those of some days sum to what the report `balances` says came in and went out.
    """
    found = balances.entries_of(
        caller.business_id,
        between(query.since, query.until, people.time_zone_of(caller.business_id)),
        kind=query.account,
        owner=_owner(query),
        currency=query.currency,
        after=query.after(),
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=_entry, key=lambda row: (row.created_at, row.id))


def _owner(query: LedgerQuery) -> str:
    if query.bank_account and query.account == "bank":
        return str(parse("bka", query.bank_account))
    return str(parse("cha", query.channel_account)) if query.channel_account else ""


def _entry(row: balances.PostingRow) -> LedgerEntry:
    return LedgerEntry(
        posting=row.template,
        amount_minor=int(row.minor),
        currency=row.currency,
        order_id=show("ord", row.order_id) if row.order_id else None,
        movement_id=show("txn", row.transaction_id) if row.transaction_id else None,
        created_at=moment_text(row.created_at),
    )
