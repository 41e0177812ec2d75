"""What will not be delivered is paid back by itself."""

from __future__ import annotations

import uuid

from app.core import db
from app.domain.fulfilment import service as fulfilment
from app.domain.payments.errors import NotRefundable
from app.domain.payments.types import LineWish
from app.workflow import refund_lines
from app.workflow.refund_order import refund_order

REASON = "could not be delivered"


def refund_undelivered(business_id: uuid.UUID, order_id: uuid.UUID, delivery_id: uuid.UUID) -> None:
    """Refund what is left of the line whose delivery failed. Safe to call again."""
    with db.reading(business_id):
        delivery = fulfilment.one(delivery_id)
        assert delivery is not None  # the event was written with it
        rest_minor = refund_lines.rest_of(order_id, delivery.line_id)
    if rest_minor == 0:
        return
    try:
        refund_order(
            business_id,
            order_id,
            amount_minor=None,
            lines=[LineWish(line_id=delivery.line_id, amount_minor=rest_minor)],
            reason=REASON,
            actor="system",
            transaction_id=uuid.uuid5(delivery_id, "undelivered refund"),
        )
    except NotRefundable:
        # Somebody refunded it in between; when something is left still, the event is tried again.
        with db.reading(business_id):
            if refund_lines.rest_of(order_id, delivery.line_id):
                raise
