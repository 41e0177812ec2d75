"""Prices beside the base price, of many SKUs of a file at once, in a phase that has locked their products."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence

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
        ended += [{"id": row_id, "ends_at": now} for price, row_id in had.items() if price not in prices]
        for price in prices:
            if price not in had:
                columns = {"currency": price.currency, "unit_minor": price.unit_minor}
                columns |= {"from_quantity": price.from_quantity, "starts_at": now, "actor": actor}
                made.append({"id": new_id(), "sku_id": sku_id, **columns})
    bulk.update(SkuPrice, ended)
    bulk.insert(SkuPrice, made)
