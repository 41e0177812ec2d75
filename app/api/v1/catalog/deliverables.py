"""What one piece of a SKU hands over."""

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
        description="What becomes of credit or points that were spent when the order is refunded: people look at it, or"
        " the buyer owes it and it is taken from the next."
    ),
]


class DeliverableRequest(Shape):
    """What one piece hands over from now on; members of other kinds of delivery are refused."""

    credit_minor: Annotated[
        int | None, Field(ge=1, le=MAX_AMOUNT_MINOR, description="Of `credit`: wallet money; the price when absent.")
    ] = None
    currency: Currency | None = None
    points: Annotated[int | None, Field(ge=1, le=1_000_000_000, description="Of `points`: how many.")] = None
    when_spent: WhenSpent | None = None
    max_downloads: Annotated[
        int | None, Field(ge=1, le=1000, description="Of `download`: how often each file; any number when absent.")
    ] = None
    days: Annotated[
        int | None,
        Field(ge=1, le=36_500, description="Of `download`: how long files can be fetched; for good if absent."),
    ] = None
    level: Annotated[
        str | None, Field(max_length=60, description="Of `entitlement`: the name of the level."), PRINTABLE
    ] = None
    rank: Annotated[
        int | None, Field(ge=0, le=1000, description="Of `entitlement`: which level is the higher; 0 when absent.")
    ] = None
    upgrade: Annotated[
        Literal["keep", "convert", "replace"] | None,
        Field(
            description="Of `entitlement`: what becomes of lower levels' time when this one is bought above them: it"
            " waits (`keep`, when absent), becomes time of this level by price, or is given up."
        ),
    ] = None


class Deliverable(Answer):
    """What one piece hands over."""

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
    """Say what a piece hands over.

    Orders keep what they were placed with.
    """
    sku = parse("sku", sku_id)
    deliverable = set_deliverable(caller.business_id, sku, body.model_dump(exclude_none=True))
    return Deliverable(sku_id=show("sku", sku), deliverable=deliverable)


@v1.get("/skus/{sku_id}/deliverable", answer=Deliverable, permission="products.read", tag="Deliveries")
def get_sku_deliverable(caller: KeyCaller, sku_id: str) -> Deliverable:
    """Get what a piece hands over."""
    sku = products.get_sku(caller.business_id, parse("sku", sku_id))
    return Deliverable(sku_id=sku_id, deliverable=sku.deliverable)
