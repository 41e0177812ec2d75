"""Prices of a SKU: those that hold, those to come, and what it cost before."""

from __future__ import annotations

import uuid

from sqlalchemy import or_, select

from app.core import clock, db
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.catalog.models import Sku, SkuPrice
from app.domain.catalog.queries import RUNNING_PRICES
from app.domain.marketing import listing
from app.read.catalog.sku_rows import PricedSku

PriceRow = SkuPrice  # for those who show one
prices = db.table(SkuPrice)


def list_prices(
    business_id: uuid.UUID, sku_id: uuid.UUID, *, ended: bool | None = None, after: After = None, limit: int
) -> list[SkuPrice]:
    """Rows of `sku_prices`, newest first, with one more than `limit`; all, or only those that have (not) ended."""
    query = select(prices).where(prices.c.business_id == business_id, prices.c.sku_id == sku_id)
    if ended is not None:
        now = clock.now()
        still = or_(prices.c.ends_at.is_(None), prices.c.ends_at > now)
        query = query.where(~still if ended else still)
    with db.reading(business_id):
        return list(db.rows(newest_first(query, prices, after, limit)))


def get_price(business_id: uuid.UUID, price_id: uuid.UUID) -> SkuPrice:
    """One price.

    Raises:
        NotFound: the business has no such price.
    """
    with db.reading(business_id):
        return db.get(SkuPrice, price_id)


def current_prices(sku: PricedSku) -> tuple[tuple[str, int, int], ...]:
    """What one unit of a SKU (with its `prices`) costs now: (currency, from a quantity on, minor units), its own
    currency first."""
    return listing.current(sku, clock.now())


def priced_sku(business_id: uuid.UUID, product_id: uuid.UUID, sku_id: uuid.UUID) -> PricedSku:
    """A SKU of the product with the prices that hold now.

    Raises:
        NotFound: the product has no such SKU.
    """
    conditions = (Sku.business_id == business_id, Sku.product_id == product_id, Sku.id == sku_id)
    with db.reading(business_id):
        found = db.first(db.select_as(PricedSku, select(db.table(Sku), RUNNING_PRICES)).where(*conditions))
    if found is None:
        raise NotFound("not_found", "There is no such SKU.")
    return found
