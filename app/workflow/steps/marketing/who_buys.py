"""The buyer, by the reference that counts now, and as prices and coupons see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.domain.buyers import queries
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
        also=buyer.also,
    )


def named_now(buyer: Buyer) -> Buyer:
    """The buyer by the reference that counts, and what else they were called, in the open transaction: they may have
    been merged into another one since they were named."""
    return named_by(buyer, queries.family(buyer.reference))


def named_by(buyer: Buyer, family: Sequence[str] | None) -> Buyer:
    """The same from what `queries.family_of` found."""
    return replace(buyer, reference=family[0], also=tuple(family[1:])) if family else buyer
