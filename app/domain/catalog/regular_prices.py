"""Prices of SKUs beside the base price that hold until another takes their place: what a file of products holds."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, select

from app.core import clock, db
from app.domain.catalog.models import Sku, SkuPrice
from app.domain.catalog.sheet_cells import PriceCell

_prices, _skus = db.table(SkuPrice), db.table(Sku)


@dataclass
class SkuPrices:
    """A SKU's prices that hold now and have no end, with the ids of their rows, and how many others have not ended."""

    regular: dict[PriceCell, uuid.UUID] = field(default_factory=dict)
    others: int = 0


class _Price(db.JoinedRow):
    id: uuid.UUID
    sku_id: uuid.UUID
    currency: str
    from_quantity: int
    unit_minor: int
    starts_at: datetime
    ends_at: datetime | None
    base_currency: str


def regular_prices(sku_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, SkuPrices]:
    """The prices of these SKUs that have not ended, in an open phase or reading; nothing for those without any."""
    found: dict[uuid.UUID, SkuPrices] = {}
    if not sku_ids:
        return found
    now, of = clock.now(), _prices.c
    named = of.id, of.sku_id, of.currency, of.from_quantity, of.unit_minor, of.starts_at, of.ends_at
    same = (_skus.c.business_id == of.business_id) & (_skus.c.id == of.sku_id)
    query = select(*named, _skus.c.currency.label("base_currency")).join(_skus, same)
    is_open = or_(of.ends_at.is_(None), of.ends_at > now)
    for row in db.rows(
        db.select_as(_Price, query.where(of.business_id == db.here(), of.sku_id.in_(list(sku_ids)), is_open))
    ):
        prices = found.setdefault(row.sku_id, SkuPrices())
        is_base = (row.currency, row.from_quantity) == (row.base_currency, 1)
        if row.ends_at is None and row.starts_at <= now and not is_base:
            prices.regular[PriceCell(row.currency, row.from_quantity, row.unit_minor)] = row.id
        else:
            prices.others += 1
    return found
