"""Pure decisions about orders: how an order is split, what it costs, what its price snapshot is."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.core import ids
from app.core.errors import Invalid, Unavailable
from app.core.money import MAX_MINOR, Money
from app.domain.orders.splits.registry import MAX_VALUE
from app.domain.orders.splits.types import Split, SplitLine
from app.domain.orders.types import Buyer, LineDiscount, LineSeller

SESSION_LASTS = timedelta(hours=24)
# How long, after the last moment at which a session could be paid, its buyer may look at how it ended.
SHOWN_AFTER = timedelta(hours=24)
# How long an order whose payment nobody can tell about may stay open beyond its time.
CLOSING_GRACE = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class PricedOrderLine:
    """One position with the price the server gives it."""

    id: uuid.UUID
    sku_id: uuid.UUID
    product_id: uuid.UUID
    title: str
    specification: dict[str, Any]
    unit_price: Money
    quantity: int
    delivery_kind: str
    discounts: tuple[LineDiscount, ...] = ()
    seller: LineSeller | None = None
    categories: tuple[str, ...] = ()

    def seen(self) -> SplitLine:
        """The line as a strategy that splits orders sees it."""
        return SplitLine(
            sku_id=self.sku_id,
            product_id=self.product_id,
            title=self.title,
            quantity=self.quantity,
            amount=self.amount,
            delivery_kind=self.delivery_kind,
            seller=ids.show("sel", self.seller.id) if self.seller is not None else "",
            seller_name=self.seller.name if self.seller is not None else "",
            categories=self.categories,
        )

    @property
    def discount_minor(self) -> int:
        """What all promotions and coupons take off."""
        return sum(each.discount_minor for each in self.discounts)

    @property
    def amount(self) -> Money:
        """What the position costs, its discount taken off."""
        return Money(self.unit_price.minor * self.quantity - self.discount_minor, self.unit_price.currency)


def total(lines: Sequence[PricedOrderLine]) -> Money:
    """The sum of the lines.

    Raises:
        Invalid: no line, more than one currency, or more than one amount can be.
    """
    if not lines:
        raise Invalid("no_lines", "An order needs at least one line.")
    check_one_currency(line.unit_price.currency for line in lines)
    whole = lines[0].amount
    for line in lines[1:]:
        whole = whole + line.amount
    if whole.minor > MAX_MINOR:
        raise Invalid("amount_too_large", "The order's total is too large.")
    return whole


def check_one_currency(found: Iterable[str]) -> None:
    """Whether there is only one.

    Raises:
        Invalid: there are several.
    """
    currencies = sorted(set(found))
    if len(currencies) > 1:
        message = f"An order can have only one currency, not {' and '.join(currencies)}. Place one order per currency."
        raise Invalid("mixed_currencies", message, details={"currencies": currencies})


def split(lines: Sequence[PricedOrderLine], strategy: Split) -> dict[str, list[PricedOrderLine]]:
    """Lines by the value they share, in the order in which the values first appear. Every line is in one part.

    Raises:
        Unavailable: the strategy, a package's own, answered with something else than a short text.
    """
    parts: dict[str, list[PricedOrderLine]] = {}
    for line in lines:
        value = strategy.value(line.seen())
        if not isinstance(value, str) or not 1 <= len(value) <= MAX_VALUE:
            raise Unavailable("unknown_split_strategy", f"The strategy {strategy.name!r} gave no value for a line.")
        parts.setdefault(value, []).append(line)
    return parts


def snapshot_hash(lines: Sequence[PricedOrderLine]) -> str:
    """A fingerprint of what was bought at which price (I19); checks.py computes the same in SQL."""
    facts = [
        f"{line.sku_id}|{line.title}|{line.unit_price.minor}|{line.unit_price.currency}|{line.quantity}"
        + (f"|{line.discount_minor}" if line.discount_minor else "")
        for line in lines
    ]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def narrowed(priced_for: Collection[str], taken: Collection[str]) -> list[str]:
    """The channels that can pay an order whose price is for some, and whose seller takes some; either empty: any.

    The channel that the order is placed for is in both, so what is left of two is never nothing.
    """
    both = set(priced_for) & set(taken) if priced_for and taken else {*priced_for, *taken}
    return sorted(both)


def known_of(buyer: Buyer) -> dict[str, Any]:
    """What prices and coupons ask of the buyer, as sessions and orders keep it."""
    known = {"buyer_groups": list(buyer.groups), "buyer_device": buyer.device}
    return {name: value for name, value in known.items() if value}
