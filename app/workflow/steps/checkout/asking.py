"""What a session asks its buyer for, beside what the merchant chose."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Protocol

from app.domain.fulfilment.types import SHIPPING
from app.domain.orders.types import SessionTerms


class Sold(Protocol):
    """A SKU in the cart, with what its business says of receipts."""

    @property
    def delivery_kind(self) -> str: ...
    @property
    def company_receipts(self) -> bool: ...


def asking(terms: SessionTerms, skus: Collection[Sold]) -> SessionTerms:
    """The terms, with an address where something is shipped, and a company where receipts are made out to one."""
    return replace(
        terms,
        asks_address=any(sku.delivery_kind == SHIPPING for sku in skus),
        asks_billing=any(sku.company_receipts for sku in skus),
    )
