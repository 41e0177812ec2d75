"""What a strategy is, and what it sees of a line."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Protocol

from app.core.money import Money


@dataclass(frozen=True, kw_only=True)
class SplitLine:
    """A line as a strategy sees it. `seller` is the id of who sells it as shown (`sel_…`) and `seller_name` their name,
    both empty when the business itself does; `categories` are codes, from the top of the tree down; `amount` is what
    the line costs, discounts taken off."""

    sku_id: uuid.UUID
    product_id: uuid.UUID
    title: str
    quantity: int
    amount: Money
    delivery_kind: str
    seller: str = ""
    seller_name: str = ""
    categories: tuple[str, ...] = ()


class Split(Protocol):
    """A strategy: lines with the same value are one part. `name` is kept with each part, `title` is for people."""

    name: str
    title: str
    description: str

    def value(self, line: SplitLine) -> str:
        """What lines of one part share, at most 120 characters. The same line has the same value always."""
        ...
