"""The buyer, as prices and coupons see them."""

from __future__ import annotations

from app.domain.marketing import service as marketing
from app.domain.orders.queries import is_new_buyer
from app.domain.orders.types import Buyer


def who_buys(buyer: Buyer, *, channel: str | None = None) -> marketing.CartBuyer:
    """The buyer, as far as prices are concerned, who is about to pay by `channel`."""
    return marketing.CartBuyer(
        reference=buyer.reference,
        groups=buyer.groups,
        is_new=lambda: is_new_buyer(buyer.reference),
        email=buyer.email,
        device=buyer.device,
        channel=channel,
    )
