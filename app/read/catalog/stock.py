"""Stock: how many units there are, are held and are free, where few are left, and what changed."""

from __future__ import annotations

import uuid

from sqlalchemy import Select, func, select

from app.core import db, paging
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.catalog.models import Product, Sku, StockChange
from app.read.catalog.sku_rows import StockedSku
from app.read.finding import begins

ChangeRow = StockChange  # for those who show one
PAGE = 50
MAX_LOW = 100  # counted no further

skus = db.table(Sku)
products = db.table(Product)
changes = db.table(StockChange)
_LOW = (skus.c.low_stock.is_not(None), skus.c.stock - skus.c.reserved <= skus.c.low_stock)


def list_stock(
    business_id: uuid.UUID, *, text: str = "", low_only: bool = False, cursor: str = "", limit: int = PAGE
) -> paging.Page[StockedSku]:
    """SKUs by code, with their product's name; `text` is how the code begins."""
    query = _skus(business_id).order_by(skus.c.code).limit(limit + 1)
    if text:
        query = query.where(begins(skus.c.code, text))
    if low_only:
        query = query.where(*_LOW)
    if cursor:
        query = query.where(skus.c.code > cursor)
    with db.reading(business_id):
        rows = db.rows(query)
    return paging.Page(tuple(rows[:limit]), rows[limit - 1].code if len(rows) > limit else None)


def few_left(business_id: uuid.UUID) -> int:
    """How many SKUs have few units left, counted up to MAX_LOW."""
    low = select(skus.c.id).where(skus.c.business_id == business_id, skus.c.active, *_LOW).limit(MAX_LOW)
    with db.reading(business_id):
        return int(db.scalar(select(func.count()).select_from(low.subquery())))


def stock_of(business_id: uuid.UUID, sku_id: uuid.UUID) -> StockedSku:
    """One SKU as `list_stock` has it.

    Raises:
        NotFound: there is no such SKU.
    """
    with db.reading(business_id):
        row = db.first(_skus(business_id).where(skus.c.id == sku_id))
    if row is None:
        raise NotFound("not_found", "There is no such SKU.")
    return row


def list_changes(business_id: uuid.UUID, sku_id: uuid.UUID, *, after: After, limit: int) -> list[StockChange]:
    """What changed the SKU's units besides sales, newest first."""
    query = select(changes).where(changes.c.business_id == business_id, changes.c.sku_id == sku_id)
    with db.reading(business_id):
        return list(db.rows(newest_first(query, changes, after, limit)))


def get_change(business_id: uuid.UUID, change_id: uuid.UUID) -> StockChange:
    """One line of the history, written a moment ago."""
    with db.reading(business_id):
        found = db.first(select(changes).where(changes.c.business_id == business_id, changes.c.id == change_id))
    assert found is not None  # whoever asks has written it
    return found


def _skus(business_id: uuid.UUID) -> Select[StockedSku]:
    found = select(
        skus,
        products.c.name.label("product_name"),
        products.c.status.label("product_status"),
        products.c.delivery_kind,
    )
    return (
        db.select_as(StockedSku, found)
        .join(products, (products.c.business_id == skus.c.business_id) & (products.c.id == skus.c.product_id))
        .where(skus.c.business_id == business_id)
    )
