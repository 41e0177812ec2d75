"""The taxes that prices include, for receipts."""

from collections.abc import Callable
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import PRINTABLE, Answer, Moment, ProductId, Shape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.read.orders import tax_rates as read
from app.workflow.orders import manage_tax_rates

RateBps = Annotated[int, Field(ge=0, le=10_000, description="In hundredths of a percent: 1900 is 19 %.")]


class TaxRateRequest(Shape):
    """The tax that prices in a country include."""

    country: Annotated[str, Field(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2.", examples=["DE"])]
    name: Annotated[str, Field(min_length=1, max_length=manage_tax_rates.MAX_NAME, examples=["VAT"]), PRINTABLE]
    rate_bps: Annotated[RateBps, Field(examples=[1900])]
    product_id: Annotated[ProductId | None, Field(description="Null: all products without a rate of their own.")] = None


class TaxRate(Answer):
    """The tax that prices in a country include, or did."""

    id: str
    country: str
    name: str
    rate_bps: RateBps
    product_id: str | None
    starts_at: Moment
    ends_at: Moment | None


class TaxRateQuery(ListQuery):
    """Which rates."""

    ended: Annotated[Literal["true", "false"] | None, Field(description="Filter by rates that have ended.")] = None


@v1.get("/tax_rates", query=TaxRateQuery, answer=Page[TaxRate], permission="settings.read", tag="Settings")
def list_tax_rates(caller: KeyCaller, query: TaxRateQuery) -> Page[TaxRate]:
    """List tax rates, newest first."""
    ended = None if query.ended is None else query.ended == "true"
    found = read.list_rates(caller.business_id, ended=ended, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_rate, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/tax_rates",
    body=TaxRateRequest,
    answer=TaxRate,
    status=201,
    permission="settings.write",
    idempotent=True,
    tag="Settings",
    errors=("not_found", "invalid_tax_rate", "too_many_tax_rates", "version_conflict"),
)
def create_tax_rate(caller: KeyCaller, body: TaxRateRequest, claim_id: UUID) -> Callable[[], TaxRate]:
    """Set a tax rate.

    It holds for orders that are paid from now on. The one for the same country and product ends. Receipts show it when
    `prices_include_tax` of the business is on and its `country` is this one.
    """
    command = manage_tax_rates.TaxRateCommand(
        country=body.country,
        name=body.name,
        rate_bps=body.rate_bps,
        product_id=parse("prd", body.product_id) if body.product_id else None,
    )
    made = manage_tax_rates.set_tax_rate(caller.business_id, command, rate_id=claim_id)
    return lambda: _rate(read.tax_rate(caller.business_id, made))


@v1.post("/tax_rates/{tax_rate_id}/end", answer=TaxRate, permission="settings.write", tag="Settings")
def end_tax_rate(caller: KeyCaller, tax_rate_id: str) -> TaxRate:
    """End a tax rate.

    Orders that were paid before keep it on their receipts.
    """
    known = parse("txr", tax_rate_id)
    manage_tax_rates.end_tax_rate(caller.business_id, known)
    return _rate(read.tax_rate(caller.business_id, known))


def _rate(row: read.TaxRateRow) -> TaxRate:
    return TaxRate(
        id=show("txr", row.id),
        country=row.country,
        name=row.name,
        rate_bps=row.rate_bps,
        product_id=show("prd", row.product_id) if row.product_id else None,
        starts_at=moment_text(row.starts_at),
        ends_at=moment_text(row.ends_at),
    )
