"""List prices as they come with a SKU's row: its base price, and the others that hold now."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from app.core.ids import show
from app.domain.marketing.errors import NoPrice
from app.domain.marketing.pricing import list_price
from app.domain.marketing.types import Tier

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Listed(Protocol):
    """A row that has a base price; `prices` are the others that hold now: [currency, from quantity, minor units,
    microseconds since 1970 when it began], or None."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def currency(self) -> str: ...
    @property
    def price_minor(self) -> int: ...
    @property
    def prices(self) -> Sequence[Sequence[Any]] | None: ...


def tiers(sku: Listed, currency: str) -> tuple[Tier, ...]:
    """What the SKU costs in this currency now, by quantity; nothing when it is not sold in it."""
    base = (Tier(unit_minor=sku.price_minor),) if sku.currency == currency else ()
    if not sku.prices:
        return base
    more = (
        Tier(unit_minor=unit_minor, from_quantity=from_quantity, starts_at=_EPOCH + timedelta(microseconds=began))
        for code, from_quantity, unit_minor, began in sku.prices
        if code == currency
    )
    return (*base, *more)


def unit_minor(sku: Listed, *, currency: str, quantity: int, now: datetime) -> int:
    """The list price of one unit when so many are bought.

    Raises:
        NoPrice: it is not sold in this currency, or not so few of it.
    """
    best = list_price(tiers(sku, currency), quantity, now)
    if best is None:
        message = f"This is not sold in {currency} in this quantity."
        raise NoPrice("no_price", message, details={"sku_id": show("sku", sku.id), "currency": currency})
    return best.unit_minor


def currencies(skus: Iterable[Listed]) -> frozenset[str]:
    """The currencies in which every one of these is sold now."""
    sold = [{sku.currency} | {code for code, *_ in sku.prices or ()} for sku in skus]
    return frozenset(set.intersection(*sold)) if sold else frozenset()


def current(sku: Listed, now: datetime) -> tuple[tuple[str, int, int], ...]:
    """What one unit costs now: (currency, from a quantity on, minor units), its own currency first, then by
    currency and quantity. A price that another stands before is left out."""
    found = []
    for currency in (sku.currency, *sorted(currencies([sku]) - {sku.currency})):
        held = tiers(sku, currency)
        for quantity in sorted({tier.from_quantity for tier in held}):
            best = list_price(held, quantity, now)
            assert best is not None
            found.append((currency, quantity, best.unit_minor))
    return tuple(found)
