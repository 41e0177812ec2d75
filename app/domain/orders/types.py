"""What a checkout session holds: its lines, as the JSON of `items`, and what its buyer may do, as that of `terms`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

MAX_LINES = 50  # of a session, and of an order


@dataclass(frozen=True, kw_only=True)
class SessionItem:
    """So many pieces of a SKU; `key` names the line as long as the session lives."""

    key: str
    sku_id: uuid.UUID
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a buyer may do in a session. `channels` are those it may be paid by; empty: by any that are offered."""

    quantity_changeable: bool = True
    sku_changeable: bool = True
    coupons_allowed: bool = True
    channels: tuple[str, ...] = ()


def read_terms(kept: Mapping[str, Any]) -> Terms:
    """The terms of a session's `terms`; what is not named there is as in a session without any."""
    return Terms(**{**kept, "channels": tuple(kept.get("channels", ()))})


def write_terms(terms: Terms) -> dict[str, Any]:
    """The terms as `terms` keeps them: only what differs from a session without any."""
    plain, own = asdict(Terms()), asdict(terms) | {"channels": terms.channels}
    return {name: list(value) if name == "channels" else value for name, value in own.items() if value != plain[name]}


def read_items(kept: Iterable[dict[str, Any]]) -> tuple[SessionItem, ...]:
    """The lines of a session's `items`, in their order."""
    return tuple(
        SessionItem(key=each["key"], sku_id=uuid.UUID(each["sku_id"]), quantity=each["quantity"]) for each in kept
    )


def write_items(items: Sequence[SessionItem]) -> list[dict[str, Any]]:
    """The lines as `items` keeps them."""
    return [{"key": item.key, "sku_id": str(item.sku_id), "quantity": item.quantity} for item in items]
