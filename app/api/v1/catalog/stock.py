"""Units that are counted: changes with a reason, their history, and rules."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, Moment, OneOf, Sentence, Shape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.read.catalog import stock
from app.read.catalog.sku_rows import StockedSku
from app.workflow.catalog import manage_stock

MAX_COUNT = 1_000_000_000
Restock = Annotated[
    str,
    OneOf(("always", "undelivered", "never")),
    Field(description="Whether refunded units return to stock: always, only if undelivered, or never."),
]


class StockAdjustment(Shape):
    """One of the two: by how much the units change, or what they are."""

    change: Annotated[int | None, Field(ge=-MAX_COUNT, le=MAX_COUNT)] = None
    to: Annotated[int | None, Field(ge=0, le=MAX_COUNT)] = None
    reason: Sentence


class StockChange(Answer):
    """One change of a SKU's units that was no sale."""

    id: str
    sku_id: str
    kind: Annotated[str, OneOf(("adjusted", "edited", "keys", "restocked"))]
    before: Annotated[int | None, Field(description="Null: unlimited.")]
    after: Annotated[int | None, Field(description="Null: unlimited.")]
    reason: str
    actor: str
    order_id: str | None
    created_at: Moment


class StockRules(Shape):
    """What a SKU does with units that come back, and when people are told that few are left."""

    restock: Restock
    low_stock: Annotated[int | None, Field(ge=0, le=MAX_COUNT, description="Low-stock alert level; null for none.")] = (
        None
    )


class Stock(Answer):
    """How many units a SKU has."""

    sku_id: str
    stock: Annotated[int | None, Field(description="Null: unlimited.")]
    reserved: int
    free: Annotated[int | None, Field(description="Units available now; null: unlimited.")]
    restock: Restock
    low_stock: int | None


@v1.get("/skus/{sku_id}/stock", answer=Stock, permission="products.read", tag="Stock")
def get_stock(caller: KeyCaller, sku_id: str) -> Stock:
    """Get a SKU's stock."""
    return _stock(stock.stock_of(caller.business_id, parse("sku", sku_id)))


@v1.post(
    "/skus/{sku_id}/stock_rules",
    body=StockRules,
    answer=Stock,
    permission="products.write",
    tag="Stock",
)
def set_stock_rules(caller: KeyCaller, sku_id: str, body: StockRules) -> Stock:
    """Set a SKU's stock rules."""
    sku = parse("sku", sku_id)
    manage_stock.set_stock_rules(caller.business_id, sku, restock=body.restock, low_stock=body.low_stock)
    return _stock(stock.stock_of(caller.business_id, sku))


@v1.post(
    "/skus/{sku_id}/stock_changes",
    body=StockAdjustment,
    answer=StockChange,
    status=201,
    permission="products.write",
    idempotent=True,
    tag="Stock",
    errors=("stock_reserved", "stock_is_counted", "invalid_stock"),
)
def adjust_stock(caller: KeyCaller, sku_id: str, body: StockAdjustment, claim_id: UUID) -> Callable[[], StockChange]:
    """Change a SKU's units.

    By so many, or to a number; with a reason that stays in the history. Never below what open orders hold.
    """
    manage_stock.adjust_stock(
        caller.business_id,
        parse("sku", sku_id),
        change=body.change,
        to=body.to,
        reason=body.reason,
        actor=caller.actor,
        change_id=claim_id,
    )
    return lambda: _change(stock.get_change(caller.business_id, claim_id))


@v1.get(
    "/skus/{sku_id}/stock_changes",
    query=ListQuery,
    answer=Page[StockChange],
    permission="products.read",
    tag="Stock",
)
def list_stock_changes(caller: KeyCaller, sku_id: str, query: ListQuery) -> Page[StockChange]:
    """List what changed a SKU's units.

    Besides sales; newest first.
    """
    sku = stock.stock_of(caller.business_id, parse("sku", sku_id))
    found = stock.list_changes(caller.business_id, sku.id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_change, key=lambda row: (row.created_at, row.id))


def _stock(row: StockedSku) -> Stock:
    return Stock(
        sku_id=show("sku", row.id),
        stock=row.stock,
        reserved=row.reserved,
        free=None if row.stock is None else row.stock - row.reserved,
        restock=row.restock,
        low_stock=row.low_stock,
    )


def _change(row: stock.ChangeRow) -> StockChange:
    return StockChange(
        id=show("stc", row.id),
        sku_id=show("sku", row.sku_id),
        kind=row.kind,
        before=row.before,
        after=row.after,
        reason=row.reason,
        actor=row.actor,
        order_id=show("ord", row.order_id) if row.order_id else None,
        created_at=moment_text(row.created_at),
    )
