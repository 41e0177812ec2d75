"""Prices beside the base price, of many SKUs of a file at once, in a phase that has locked their products."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.core import clock
from app.core.db import bulk
from app.core.ids import new_id
from app.domain.catalog.models import SkuPrice
from app.domain.catalog.regular_prices import SkuPrices
from app.domain.catalog.sheet_cells import PriceCell


def write_prices(
    before: Mapping[uuid.UUID, SkuPrices], wanted: Sequence[tuple[uuid.UUID, Collection[PriceCell]]], *, actor: str
) -> None:
    """Let each SKU have exactly these prices from now on; those that it had and has no more end."""
    now = clock.now()
    made, ended = [], []
    for sku_id, prices in wanted:
        had = before.get(sku_id, SkuPrices()).regular
        over = [row_id for price, row_id in had.items() if price not in prices]
        ended += [bulk.changed(SkuPrice, row_id, ends_at=now) for row_id in over]
        made += [_row(sku_id, price, now, actor) for price in prices if price not in had]
    bulk.update(SkuPrice, ended)
    bulk.insert(SkuPrice, made)


def _row(sku_id: uuid.UUID, price: PriceCell, moment: datetime, actor: str) -> dict[str, Any]:
    return bulk.row(
        SkuPrice,
        id=new_id(),
        sku_id=sku_id,
        currency=price.currency,
        unit_minor=price.unit_minor,
        from_quantity=price.from_quantity,
        starts_at=moment,
        actor=actor,
    )
