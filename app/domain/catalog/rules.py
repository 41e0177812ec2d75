"""What can be bought, and how many pieces of it."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from app.core.errors import Invalid, NotFound
from app.core.ids import show
from app.domain.catalog.errors import NotOnSale, QuantityNotAllowed


def check_buyable(
    found: Mapping[uuid.UUID, Row[Any]], wanted: Sequence[tuple[uuid.UUID, int]], *, settled: Collection[uuid.UUID] = ()
) -> None:
    """Whether so many pieces of these SKUs can be bought together; `found` are rows of `queries.goods`. What a product
    allows for one order counts for all its SKUs together. SKUs that are `settled` are counted, and not asked about.

    Raises:
        NotFound, NotOnSale, QuantityNotAllowed: as they say. Invalid: a SKU is named twice.
    """
    together: Counter[uuid.UUID] = Counter()
    for sku_id, quantity in wanted:
        sku = found.get(sku_id)
        if sku is None:
            raise NotFound("not_found", f"There is no SKU {show('sku', sku_id)}.")
        about = {"sku_id": show("sku", sku_id)}
        if sku_id not in settled and (sku.product_status != "on_sale" or not sku.active):
            raise NotOnSale("not_on_sale", f"{sku.product_name} is not on sale.", details=about)
        together[sku.product_id] += quantity
        if quantity < 1 or together[sku.product_id] > sku.max_per_order:
            raise QuantityNotAllowed(
                "quantity_not_allowed",
                f"One order may have 1 to {sku.max_per_order} of {sku.product_name}.",
                details={"param": "quantity", "max": sku.max_per_order, **about},
            )
    twice = [sku_id for sku_id, lines in Counter(sku_id for sku_id, _ in wanted).items() if lines > 1]
    if twice:
        message = "This stands in two lines. Put its pieces into one."
        raise Invalid("sku_twice", message, details={"sku_id": show("sku", twice[0])})


def title(sku: Row[Any]) -> str:
    """What a line is called; `sku` is a row of `queries.goods`."""
    return f"{sku.product_name}: {sku.name}" if sku.name else str(sku.product_name)
