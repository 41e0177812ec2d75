"""Completing: by the buyer's or merchant's word, or by itself after the business's period."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import func, select

from app.core import clock, db, states
from app.core.last_read import LastRead
from app.domain.accounts.business.models import Business
from app.domain.orders.errors import OrderState
from app.domain.orders.models import Order
from app.domain.orders.states import HANDED_OVER, ORDER, OrderStatus
from app.workflow.steps.operations import due
from app.workflow.steps.orders.lock_order import lock_order
from app.workflow.steps.orders.request_clearing import request_clearing

BATCH = 500
T = TypeVar("T")


def complete_order(business_id: uuid.UUID, order_id: uuid.UUID, *, actor: str, then: LastRead[T]) -> T:
    """Confirm that the goods arrived; what `then` says of it in the same phase.

    Raises:
        NotFound: no such order. OrderState: it is not fulfilled.
    """
    with db.phase("complete_orders.complete", business_id):
        then.announce()
        order = lock_order(order_id)
        if order.status not in HANDED_OVER:
            raise OrderState("order_state", f"This order is {order.status}; only a fulfilled one can be completed.")
        states.advance(
            ORDER,
            order,
            OrderStatus.COMPLETED,
            reason="confirmed",
            actor=actor,
            payload={"order_id": str(order_id)},
            completed_at=clock.now(),
        )
        if order.clears_on is not None:
            request_clearing(order_id)
        return then.read()


def complete_due() -> int:
    """Complete every order whose period is over; how many. Safe to run twice at once."""
    return due.process(_due, _complete)


def _complete(business_id: uuid.UUID, order_id: uuid.UUID) -> bool:
    try:
        return complete_order(business_id, order_id, actor="system", then=LastRead(lambda: True))
    except OrderState:
        return False  # refunded meanwhile


def _due() -> Sequence[tuple[uuid.UUID, uuid.UUID]]:
    period = func.make_interval(0, 0, 0, 0, 0, 0, Business.auto_confirm_s)
    with db.system_reading():
        rows = db.rows(
            select(Order.business_id, Order.id)
            .join(Business, Business.id == Order.business_id)
            .where(Order.status == OrderStatus.FULFILLED, Order.fulfilled_at + period <= clock.now())
            .order_by(Order.fulfilled_at)
            .limit(BATCH)
        )
        return [(row.business_id, row.id) for row in rows]
