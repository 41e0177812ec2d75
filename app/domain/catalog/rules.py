"""What can be bought, and how many units of it."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from app.core.errors import Invalid, NotFound
from app.core.ids import show
from app.domain.catalog.errors import NotOnSale, QuantityNotAllowed
from app.domain.catalog.sku_rows import SkuWithProduct
from app.domain.catalog.states import ProductStatus

MAX_UNITS = 10_000  # of one order, and of whatever else is counted per buyer
MAX_PRICES = 200  # of one SKU that have not ended
MAX_IMAGES = 10  # of one product
MAX_ALT = 200  # characters that describe an image


def check_buyable(
    found: Mapping[uuid.UUID, SkuWithProduct],
    quantities: Sequence[tuple[uuid.UUID, int]],
    *,
    exempt: Collection[uuid.UUID] = (),
) -> None:
    """Whether this quantity of these SKUs can be bought together; `found` are rows of `queries.skus_with_products`.
    What a product allows for one order counts for all its SKUs together. SKUs that are `exempt` are counted, and not
    asked about.

    Raises:
        NotFound, NotOnSale, QuantityNotAllowed: as they say. Invalid: a SKU is named twice.
    """
    together: Counter[uuid.UUID] = Counter()
    for sku_id, quantity in quantities:
        sku = found.get(sku_id)
        if sku is None:
            raise NotFound("not_found", f"There is no SKU {show('sku', sku_id)}.")
        about = {"sku_id": show("sku", sku_id)}
        if sku_id not in exempt and (sku.product_status != ProductStatus.ON_SALE or not sku.active):
            raise NotOnSale("not_on_sale", f"{sku.product_name} is not on sale.", details=about)
        together[sku.product_id] += quantity
        if quantity < 1 or together[sku.product_id] > sku.max_per_order:
            raise QuantityNotAllowed(
                "quantity_not_allowed",
                f"You can order {sku.min_per_order} to {sku.max_per_order} of {sku.product_name}.",
                details={"param": "quantity", "min": sku.min_per_order, "max": sku.max_per_order, **about},
            )
    for sku in found.values():
        if 0 < together[sku.product_id] < sku.min_per_order:
            raise QuantityNotAllowed(
                "quantity_not_allowed",
                f"You must order at least {sku.min_per_order} of {sku.product_name}.",
                details={
                    "param": "quantity",
                    "min": sku.min_per_order,
                    "max": sku.max_per_order,
                    "sku_id": show("sku", sku.id),
                },
            )
    twice = [sku_id for sku_id, lines in Counter(sku_id for sku_id, _ in quantities).items() if lines > 1]
    if twice:
        message = "This SKU appears in two lines. Combine them."
        raise Invalid("sku_twice", message, details={"sku_id": show("sku", twice[0])})


def title(sku: SkuWithProduct) -> str:
    """What a line is called; `sku` is a row of `queries.skus_with_products`."""
    return f"{sku.product_name}: {sku.name}" if sku.name else sku.product_name


def is_limited(product: SkuWithProduct) -> bool:
    """Whether the product limits how many units one buyer may have."""
    return product.max_per_buyer is not None or product.max_per_period is not None


def left_for_buyer(product: SkuWithProduct, bought: int, bought_in_period: int) -> int:
    """How many units of a limited product a buyer who has so many may still have."""
    left = [
        limit - had
        for limit, had in ((product.max_per_buyer, bought), (product.max_per_period, bought_in_period))
        if limit is not None
    ]
    return max(0, min(left))


def units(count: int) -> str:
    """The number of units in words."""
    return f"{count} unit" if count == 1 else f"{count} units"
