"""What one unit of a SKU hands over."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.kit.shapes import MAX_AMOUNT_MINOR, PRINTABLE, Answer, Currency, Shape
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.read.catalog import products_resource as products
from app.workflow.catalog.set_deliverable import set_deliverable

WhenSpent = Annotated[
    Literal["case", "debt"],
    Field(
        description="For credit or points that are already spent at a refund: open a case for review, or let the "
        "buyer owe it and deduct it from the next."
    ),
]


class DeliverableRequest(Shape):
    """What one unit hands over from now on; members of other kinds of delivery are refused."""

    credit_minor: Annotated[
        int | None, Field(ge=1, le=MAX_AMOUNT_MINOR, description="For `credit`: amount. Defaults to the price.")
    ] = None
    currency: Currency | None = None
    points: Annotated[int | None, Field(ge=1, le=1_000_000_000, description="For `points`: number of points.")] = None
    when_spent: WhenSpent | None = None
    max_downloads: Annotated[
        int | None, Field(ge=1, le=1000, description="For `download`: downloads per file. Absent: no limit.")
    ] = None
    days: Annotated[
        int | None,
        Field(ge=1, le=36_500, description="For `download`: days of availability. Absent: no expiry."),
    ] = None
    level: Annotated[
        str | None, Field(max_length=60, description="For `entitlement`: the level’s name."), PRINTABLE
    ] = None
    rank: Annotated[
        int | None,
        Field(ge=0, le=1000, description="For `entitlement`: the level’s rank, higher first. Defaults to 0."),
    ] = None
    upgrade: Annotated[
        Literal["keep", "convert", "replace"] | None,
        Field(
            description="For `entitlement`: the time left on lower levels after an upgrade is paused (`keep`, "
            "default), converted to this level by price, or forfeited."
        ),
    ] = None


class Deliverable(Answer):
    """What one unit hands over."""

    sku_id: str
    deliverable: dict[str, Any]


@v1.post(
    "/skus/{sku_id}/deliverable",
    body=DeliverableRequest,
    answer=Deliverable,
    permission="products.write",
    tag="Deliveries",
    errors=("invalid_deliverable", "unknown_currency"),
)
def set_sku_deliverable(caller: KeyCaller, sku_id: str, body: DeliverableRequest) -> Deliverable:
    """Say what a unit hands over.

    Orders keep what they were placed with.
    """
    sku = parse("sku", sku_id)
    deliverable = set_deliverable(caller.business_id, sku, body.model_dump(exclude_none=True))
    return Deliverable(sku_id=show("sku", sku), deliverable=deliverable)


@v1.get("/skus/{sku_id}/deliverable", answer=Deliverable, permission="products.read", tag="Deliveries")
def get_sku_deliverable(caller: KeyCaller, sku_id: str) -> Deliverable:
    """Get what a unit hands over."""
    sku = products.get_sku(caller.business_id, parse("sku", sku_id))
    return Deliverable(sku_id=sku_id, deliverable=sku.deliverable)
