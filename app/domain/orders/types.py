"""What a checkout session holds: its lines, as the JSON of `checkout_sessions.items`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

MAX_LINES = 50  # of a session, and of an order


@dataclass(frozen=True, kw_only=True)
class SessionItem:
    """So many pieces of a SKU; `key` names the line as long as the session lives."""

    key: str
    sku_id: uuid.UUID
    quantity: int


def read_items(kept: Iterable[dict[str, Any]]) -> tuple[SessionItem, ...]:
    """The lines of a session's `items`, in their order."""
    return tuple(
        SessionItem(key=each["key"], sku_id=uuid.UUID(each["sku_id"]), quantity=each["quantity"]) for each in kept
    )


def write_items(items: Sequence[SessionItem]) -> list[dict[str, Any]]:
    """The lines as `items` keeps them."""
    return [{"key": item.key, "sku_id": str(item.sku_id), "quantity": item.quantity} for item in items]
