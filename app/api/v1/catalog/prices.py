"""Prices of SKUs beside their base price."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    MAX_AMOUNT_MINOR,
    MAX_QUANTITY,
    Answer,
    AnyAmountMinor,
    Currency,
    Moment,
    Shape,
    moment_text,
)
from app.api.v1.api import KeyCaller, v1
from app.core import clock
from app.core.ids import parse, show
from app.read.catalog import prices
from app.read.catalog import products_resource as products
from app.workflow.catalog import manage_prices
from app.workflow.catalog.manage_prices import PriceCommand

FromQuantity = Annotated[int, Field(ge=1, le=MAX_QUANTITY, description="Minimum quantity of a line for this price.")]


class PriceRequest(Shape):
    """A price to be set."""

    currency: Currency
    unit_minor: Annotated[int, Field(ge=0, le=MAX_AMOUNT_MINOR, description="Unit price, in minor units.")]
    from_quantity: FromQuantity = 1
    starts_at: Annotated[AwareDatetime | None, Field(description="Start time. Now if absent or in the past.")] = None
    ends_at: Annotated[AwareDatetime | None, Field(description="End time. Absent: no end.")] = None


class Price(Answer):
    """What one unit of a SKU costs, or did, or will."""

    id: Annotated[str | None, Field(description="Null for the base price (the SKU’s `price_minor`).")]
    sku_id: str
    currency: Currency
    unit_minor: AnyAmountMinor
    from_quantity: int
    starts_at: Moment
    ends_at: Moment | None
    is_base: Annotated[bool, Field(description="Whether it is, or was, the SKU’s base price.")]
    status: Literal["scheduled", "current", "ended"]


class PriceQuery(ListQuery):
    """What a list of prices may be narrowed by."""

    ended: Annotated[Literal["true", "false"] | None, Field(description="Filter by ended prices.")] = None


@v1.get("/skus/{sku_id}/prices", query=PriceQuery, answer=Page[Price], permission="products.read", tag="Prices")
def list_prices(caller: KeyCaller, sku_id: str, query: PriceQuery) -> Page[Price]:
    """List prices of a SKU.

    Newest first, with those that have ended. The base price that holds now is in the SKU; what it was before is here.
    """
    sku = products.get_sku(caller.business_id, parse("sku", sku_id))
    ended = None if query.ended is None else query.ended == "true"
    found = prices.list_prices(caller.business_id, sku.id, ended=ended, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_price, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/skus/{sku_id}/prices",
    body=PriceRequest,
    answer=Price,
    status=201,
    permission="products.write",
    tag="Prices",
    errors=("unknown_currency", "currency_not_accepted", "invalid_window", "too_many_prices"),
)
def create_price(caller: KeyCaller, sku_id: str, body: PriceRequest) -> Price:
    """Set a price.

    One from now on without an end takes the place of the one there is for its currency and quantity, which ends. In
    the SKU's own currency and from one unit on that is its base price. Placed orders keep their price.
    """
    sku = parse("sku", sku_id)
    price_id = manage_prices.set_price(caller.business_id, sku, PriceCommand(**body.model_dump()), actor=caller.actor)
    if price_id is not None:
        return _price(prices.get_price(caller.business_id, price_id))
    row = products.get_sku(caller.business_id, sku)
    return Price(
        id=None,
        sku_id=sku_id,
        currency=row.currency,
        unit_minor=row.price_minor,
        from_quantity=1,
        starts_at=moment_text(row.price_since),
        ends_at=None,
        is_base=True,
        status="current",
    )


@v1.post("/prices/{price_id}/end", answer=Price, permission="products.write", tag="Prices")
def end_price(caller: KeyCaller, price_id: str) -> Price:
    """End a price.

    It stays in the list. One that has not begun never does.
    """
    known = parse("prc", price_id)
    manage_prices.end_price(caller.business_id, known)
    return _price(prices.get_price(caller.business_id, known))


def _price(row: prices.PriceRow) -> Price:
    return Price(
        id=show("prc", row.id),
        sku_id=show("sku", row.sku_id),
        currency=row.currency,
        unit_minor=row.unit_minor,
        from_quantity=row.from_quantity,
        starts_at=moment_text(row.starts_at),
        ends_at=moment_text(row.ends_at),
        is_base=row.is_base,
        status=_status(row),
    )


def _status(row: prices.PriceRow) -> Literal["scheduled", "current", "ended"]:
    now = clock.now()
    if row.ends_at is not None and row.ends_at <= now:
        return "ended"
    return "current" if row.starts_at <= now else "scheduled"
