"""That an order, or a refund of it, is to be cleared among partners: the worker does, soon after."""

from __future__ import annotations

import uuid

from app.core import outbox


def request_clearing(order_id: uuid.UUID) -> None:
    """In the caller's phase, of an order with `clears_on`. Emits `order.clearing_due`, an internal event."""
    outbox.emit("order.clearing_due", aggregate_id=order_id, payload={"order_id": str(order_id)})
