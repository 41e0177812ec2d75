"""What contracts are worth, and the contracts behind each number."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, AnyAmountMinor, Currency, Moment, OneOf, QueryShape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import show
from app.domain.signing.states import ContractStatus
from app.read.accounts import people
from app.read.subscriptions import contract_metrics as read
from app.read.subscriptions import metric_lists

Month = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-(0[1-9]|1[0-2])$",
        description="One of the last twelve months in the business’s time zone. Defaults to the present one.",
        examples=["2026-11"],
    ),
]
MetricCurrency = Annotated[Currency, Field(description="Defaults to the first of `currencies`.")]
Metric = Literal[
    "mrr",
    "new",
    "expansion",
    "contraction",
    "churn",
    "reactivation",
    "recovered",
    "unrecovered",
    "converted",
    "unconverted",
    "upcoming_30",
    "upcoming_90",
]


class ContractMetricsQuery(QueryShape):
    """Which currency, and which month is looked at."""

    currency: MetricCurrency | None = None
    month: Month | None = None


class MrrMonth(Answer):
    """How MRR moved in a month."""

    month: str
    opening_minor: AnyAmountMinor
    new_minor: AnyAmountMinor
    expansion_minor: AnyAmountMinor
    reactivation_minor: AnyAmountMinor
    contraction_minor: Annotated[AnyAmountMinor, Field(description="Zero or negative.")]
    churn_minor: Annotated[AnyAmountMinor, Field(description="Zero or negative.")]
    closing_minor: AnyAmountMinor


class MetricShare(Answer):
    """A part of what was counted in the month."""

    count: int
    of_count: int
    minor: AnyAmountMinor
    of_minor: AnyAmountMinor
    open_count: Annotated[int, Field(description="Not decided yet, and not in `of_count`.")]


class UpcomingIncome(Answer):
    """What contracts are charged in the days to come if nothing changes."""

    days: int
    cycle_count: int
    amount_minor: AnyAmountMinor


class CohortMonth(Answer):
    """How many contracts of a cohort still count at the end of a month, and what they count."""

    contract_count: int
    mrr_minor: AnyAmountMinor


class ContractCohort(Answer):
    """The contracts that first counted in a month."""

    month: str
    months: Annotated[list[CohortMonth], Field(description="That month, and each that followed.")]


class ContractMetrics(Answer):
    """The metrics of contracts in one currency."""

    currency: Currency
    currencies: Annotated[list[Currency], Field(description="Those that contracts are in. Metrics are of one each.")]
    month: str
    mrr_minor: AnyAmountMinor
    arr_minor: AnyAmountMinor
    contract_count: int
    months: list[MrrMonth]
    churn: Annotated[MetricShare, Field(description="Buyers who left, and the MRR that churned, of the opening.")]
    recovery: Annotated[MetricShare, Field(description="Refused cycles that were paid after all.")]
    trial_conversion: Annotated[MetricShare, Field(description="Trials that ended and were followed by a payment.")]
    cohorts: list[ContractCohort]
    upcoming: list[UpcomingIncome]


class MetricContractsQuery(ListQuery):
    """Which metric, and of what."""

    metric: Annotated[Metric, Field(description="`mrr` and `upcoming_…` are those of now, the others of the month.")]
    currency: MetricCurrency | None = None
    month: Month | None = None


class MetricContract(Answer):
    """A contract that a metric counts."""

    contract_id: str
    status: Annotated[str, OneOf(ContractStatus)]
    buyer_reference: str
    plan_name: str
    amount_minor: AnyAmountMinor
    currency: Currency
    at: Moment


@v1.get(
    "/contract_metrics",
    query=ContractMetricsQuery,
    answer=ContractMetrics,
    permission="reports.read",
    tag="Contracts",
)
def get_contract_metrics(caller: KeyCaller, query: ContractMetricsQuery) -> ContractMetrics:
    """Get the metrics of contracts.

    MRR and how it moved in twelve months; churn, recovery and trial conversion of one month; cohorts; income to come.
    """
    found = _metrics(caller, query.currency, query.month)
    return ContractMetrics(
        currency=found.currency,
        currencies=list(found.currencies),
        month=found.chosen.name,
        mrr_minor=found.mrr_minor,
        arr_minor=found.arr_minor,
        contract_count=found.running,
        months=[_month(each) for each in found.months],
        churn=_share(found.churn),
        recovery=_share(found.recovery),
        trial_conversion=_share(found.trials),
        cohorts=[
            ContractCohort(
                month=f"{each.month:%Y-%m}",
                months=[CohortMonth(contract_count=number, mrr_minor=minor) for number, minor in each.steps],
            )
            for each in found.cohorts
        ],
        upcoming=[
            UpcomingIncome(days=days, cycle_count=number, amount_minor=minor)
            for days, (number, minor) in found.upcoming.items()
        ],
    )


@v1.get(
    "/contract_metrics/contracts",
    query=MetricContractsQuery,
    answer=Page[MetricContract],
    permission="contracts.read",
    tag="Contracts",
)
def list_metric_contracts(caller: KeyCaller, query: MetricContractsQuery) -> Page[MetricContract]:
    """List the contracts behind a metric.

    Newest first. Behind MRR, how it moved, recovery and income to come, their amounts sum to the metric.
    """
    found = _metrics(caller, query.currency, query.month)
    rows = metric_lists.list_behind(
        caller.business_id,
        query.metric,
        currency=found.currency,
        month=found.chosen.month,
        zone=people.time_zone_of(caller.business_id),
        after=query.after(),
        limit=query.limit,
    )
    return page_of(rows, limit=query.limit, item=_contract, key=lambda row: (row.at, row.row_id))


def _metrics(caller: KeyCaller, currency: str | None, month: str | None) -> read.ContractMetrics:
    zone = people.time_zone_of(caller.business_id)
    return read.contract_metrics(
        caller.business_id, currency=currency or "", month=month or "", zone=zone, is_strict=currency is not None
    )


def _month(row: read.MonthMoved) -> MrrMonth:
    moved = {f"{kind}_minor": minor for kind, minor in row.minor.items()}
    return MrrMonth(month=row.name, opening_minor=row.opening_minor, closing_minor=row.closing_minor, **moved)


def _share(share: read.Share) -> MetricShare:
    return MetricShare(
        count=share.won, of_count=share.all, minor=share.won_minor, of_minor=share.all_minor, open_count=share.open
    )


def _contract(row: metric_lists.MetricContract) -> MetricContract:
    return MetricContract(
        contract_id=show("con", row.contract_id),
        status=row.status,
        buyer_reference=row.buyer_reference,
        plan_name=row.plan_name,
        amount_minor=row.minor,
        currency=row.currency,
        at=moment_text(row.at),
    )
