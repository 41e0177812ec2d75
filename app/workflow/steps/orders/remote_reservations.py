"""What an order holds at the merchant's own system, inside somebody's phase: here is written down what is to be tried,
extended, confirmed or cancelled, and workflow/orders/reserve_remotely.py tells it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.core import clock
from app.domain.orders.models import Order
from app.domain.orders.reservations import rules
from app.domain.orders.reservations import service as reservations


class _Order(Protocol):
    """An order as it was read, or just placed."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def needs_remote_reservation(self) -> bool: ...


@dataclass(frozen=True)
class Need:
    """A quantity of a SKU that the merchant's system keeps."""

    line_id: uuid.UUID
    sku_id: uuid.UUID
    quantity: int


def encryption_context(sku_id: uuid.UUID) -> str:
    """What the encrypted secret of a SKU's participant is bound to."""
    return f"skus/{sku_id}/participant"


def write(order_id: uuid.UUID, needs: Sequence[Need], *, expires_at: datetime) -> None:
    """In the phase that places the order: what is to be tried."""
    for need in needs:
        reservations.try_outside(
            order_id,
            line_id=need.line_id,
            sku_id=need.sku_id,
            quantity=need.quantity,
            expires_at=expires_at,
            abandoned_at=rules.abandoned_at(clock.now()),
        )


def are_reserved(order_id: uuid.UUID) -> bool:
    """Whether all that the order needs outside is held, in the open phase."""
    return all(rules.is_held(row.status, row.target) for row in reservations.outside(order_id))


def extend(order: _Order, until: datetime) -> None:
    """In the phase in which the order's deadline moves: what is held has to be held until then."""
    if not order.needs_remote_reservation:
        return
    for row in reservations.outside(order.id):
        if rules.is_held(row.status, row.target):
            reservations.extend(row.id, until, next_attempt_at=clock.now())


def confirm(order: _Order) -> None:
    """In the phase in which the order is paid."""
    _decide(order, "confirm")


def cancel(order: Order) -> None:
    """In the phase in which the order closes, or is refunded in full."""
    _decide(order, "cancel")


def _decide(order: _Order, target: str) -> None:
    if not order.needs_remote_reservation:
        return
    for row in reservations.outside(order.id):
        if rules.must_notify(row.status, row.target, target):
            reservations.decide(row.id, target, next_attempt_at=clock.now())
