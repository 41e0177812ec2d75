"""Reports: tables of a period's figures."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.kit.shapes import Answer, QueryShape
from app.api.v1.api import KeyCaller, v1
from app.read import people, reports
from app.read.periods import LONGEST_DAYS, between

Name = Literal["sales", "products", "channels", "discounts", "refunds", "fees"]


class ReportQuery(QueryShape):
    """Which days."""

    report: Annotated[Name, Field(description="Which report.")] = "sales"
    since: Annotated[
        date | None,
        Field(
            description="The first day, in the business's time zone; without it the last 30 days.",
        ),
    ] = None
    until: Annotated[
        date | None,
        Field(
            description=f"The last day; without it today. At most {LONGEST_DAYS} days are counted back from it.",
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
    rows: Annotated[list[dict[str, Any]], Field(description="One object for each line, with a member for each column.")]


@v1.get("/reports", query=ReportQuery, answer=Report, permission="reports.read", tag="Reports")
def get_report(caller: KeyCaller, query: ReportQuery) -> Report:
    """Get a report.

    The figures of some days as a table, by currency: sales by day, by product and by channel, discounts, refunds by
    reason, and fees. They are counted a few seconds after the fact.
    """
    period = between(query.since, query.until, people.time_zone_of(caller.business_id))
    found = reports.table(caller.business_id, query.report, period)
    return Report(
        report=query.report,
        since=found.period.since.isoformat(),
        until=found.period.until.isoformat(),
        columns=[ReportColumn(key=each.key, title=each.title, kind=each.kind) for each in found.report.columns],
        rows=[dict(row) for row in found.rows],
    )
