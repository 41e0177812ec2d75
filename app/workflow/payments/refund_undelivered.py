"""What will not be delivered is paid back by itself."""

from __future__ import annotations

import uuid

from app.core import db, states
from app.core.ids import named
from app.domain.fulfilment import service as fulfilment
from app.domain.fulfilment.states import DeliveryStatus
from app.domain.orders.states import ORDER, OrderStatus
from app.domain.payments.errors import NotRefundable
from app.domain.payments.types import RefundLineCommand
from app.workflow.payments.refund_order import refund_order
from app.workflow.steps.orders import refund_lines, remote_reservations
from app.workflow.steps.orders.lock_order import lock_order

REASON = "could not be delivered"


def refund_undelivered(business_id: uuid.UUID, order_id: uuid.UUID, delivery_id: uuid.UUID) -> None:
    """Refund what is left of the line whose delivery failed; an order that cost nothing ends when nothing of it can be
    delivered. Safe to call again."""
    with db.reading(business_id):
        delivery = fulfilment.one(delivery_id)
        assert delivery is not None  # the event was written with it
        rest_minor = refund_lines.rest_of(order_id, delivery.line_id)
    if rest_minor == 0:
        _end_free(business_id, order_id)
        return
    try:
        refund_order(
            business_id,
            order_id,
            amount_minor=None,
            lines=[RefundLineCommand(line_id=delivery.line_id, amount_minor=rest_minor)],
            reason=REASON,
            actor="system",
            transaction_id=named(delivery_id, "undelivered refund"),
        )
    except NotRefundable:
        # Somebody refunded it in between; when something is left still, the event is tried again.
        with db.reading(business_id):
            if refund_lines.rest_of(order_id, delivery.line_id):
                raise


def _end_free(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    with db.phase("refund_undelivered.end", business_id):
        order = lock_order(order_id)
        statuses = {delivery.status for delivery in fulfilment.of_order(order_id)}
        if (
            order.total_minor
            or order.status != OrderStatus.FULFILLING
            or statuses & {DeliveryStatus.PENDING, DeliveryStatus.DELIVERED}
        ):
            return
        state = states.advance(ORDER, order, OrderStatus.REFUNDING, reason=REASON, actor="system")
        states.advance(
            ORDER,
            state,
            OrderStatus.REFUNDED,
            reason="nothing to refund",
            actor="system",
            payload={"order_id": str(order_id)},
        )
        remote_reservations.cancel(order)
