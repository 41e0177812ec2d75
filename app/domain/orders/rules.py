"""Pure decisions about orders: how an order is split, what it costs, what its price snapshot is."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.errors import Invalid
from app.core.money import MAX_MINOR, Money


@dataclass(frozen=True, kw_only=True)
class PricedLine:
    """One position with the price the server gives it."""

    id: uuid.UUID
    sku_id: uuid.UUID
    product_id: uuid.UUID
    title: str
    specification: dict[str, Any]
    unit_price: Money
    quantity: int
    delivery_kind: str
    discount_minor: int = 0

    @property
    def amount(self) -> Money:
        """What the position costs, its discount taken off."""
        return Money(self.unit_price.minor * self.quantity - self.discount_minor, self.unit_price.currency)


def total(lines: Sequence[PricedLine]) -> Money:
    """The sum of the lines.

    Raises:
        Invalid: no line, more than one currency, or more than one amount can be.
    """
    if not lines:
        raise Invalid("no_lines", "An order has at least one line.")
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
        message = f"An order has one currency, not {' and '.join(currencies)}. Place one order for each."
        raise Invalid("mixed_currencies", message, details={"currencies": currencies})


# How an order falls into sub-orders: strategy → the value that lines of one sub-order share.
SPLIT_STRATEGIES: dict[str, Callable[[PricedLine], str]] = {"delivery_kind": lambda line: line.delivery_kind}


def split(lines: Sequence[PricedLine], strategy: str) -> dict[str, list[PricedLine]]:
    """Lines by the value they share, in the order in which the values first appear."""
    parts: dict[str, list[PricedLine]] = {}
    for line in lines:
        parts.setdefault(SPLIT_STRATEGIES[strategy](line), []).append(line)
    return parts


def snapshot_hash(lines: Sequence[PricedLine]) -> str:
    """A fingerprint of what was bought at which price (I19); checks.py computes the same in SQL."""
    facts = [
        f"{line.sku_id}|{line.title}|{line.unit_price.minor}|{line.unit_price.currency}|{line.quantity}"
        + (f"|{line.discount_minor}" if line.discount_minor else "")
        for line in lines
    ]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()
