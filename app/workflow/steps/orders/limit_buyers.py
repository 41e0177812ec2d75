"""How much of a product one buyer may have, for good and within so many days: exact, however many orders at once."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from app.core import clock
from app.core.db import locks
from app.core.ids import show
from app.domain.buyers.types import GUEST
from app.domain.catalog.errors import BuyerLimit
from app.domain.catalog.rules import is_limited, left_for_buyer
from app.domain.catalog.sku_rows import SkuWithProduct
from app.domain.orders.queries import pieces_of
from app.domain.orders.types import Buyer


def limit_buyer(
    found: Mapping[uuid.UUID, SkuWithProduct], quantities: Sequence[tuple[uuid.UUID, int]], *, buyer: Buyer
) -> None:
    """Refuse what passes a limit, in the caller's phase. Until the phase ends no other order of this buyer for the same
    product is counted; other buyers, and products without limits, wait for nobody. `found` are rows of
    catalog.queries.skus_with_products.

    Raises:
        BuyerLimit: the buyer has, or would have, more than may be.
    """
    limited = {sku.product_id: sku for sku in found.values() if is_limited(sku)}
    together: Counter[uuid.UUID] = Counter()
    for sku_id, quantity in quantities:
        together[found[sku_id].product_id] += quantity
    # In one order everywhere, and before promotions, wallets and stock.
    email = guest_email(buyer.reference, buyer.email)
    for product_id in sorted(limited):
        for name in filter(None, (buyer.reference, email)):
            locks.hold(f"buyer limit|{product_id}|{name}")
    for product_id, product in sorted(limited.items()):
        left = left_for(product, buyer=buyer.reference, email=email)
        if together[product_id] > left:
            raise _refusal(product, left)


def guest_email(reference: str, email: str | None) -> str | None:
    """By what a guest's orders are counted together, whatever browser they come with: the address they give. Of other
    buyers the reference alone counts."""
    return email.strip().lower() if email and reference.startswith(GUEST) else None


def left_for(product: SkuWithProduct, *, buyer: str, email: str | None = None) -> int:
    """How many units of a limited product the buyer may still have now, in the open transaction; with what was ordered
    by this address, if there is one."""
    since = clock.now() - timedelta(days=product.period_days or 0)
    return left_for_buyer(product, *pieces_of(product.product_id, buyer=buyer, since=since, email=email))


def _refusal(product: SkuWithProduct, left: int) -> BuyerLimit:
    limits = []
    if product.max_per_buyer is not None:
        limits.append(f"{product.max_per_buyer}")
    if product.max_per_period is not None:
        days = f"{product.period_days} days" if product.period_days != 1 else "a day"
        limits.append(f"{product.max_per_period} in {days}")
    message = (
        f"One buyer may have {' and '.join(limits)} of {product.product_name}; {left or 'none'} can be bought now."
    )
    details = {"product_id": show("prd", product.product_id), "left": left}
    return BuyerLimit("buyer_limit", message, details=details)
