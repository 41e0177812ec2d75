"""A second person approves a payment order, or somebody cancels one that nobody has downloaded."""

from __future__ import annotations

import uuid

from app.core import clock, db, states
from app.core.errors import Conflict
from app.domain.payments.payment_orders import service
from app.domain.payments.payment_orders.models import PaymentOrder
from app.domain.payments.payment_orders.states import (
    CANCELLABLE,
    PAYMENT_LINE,
    PAYMENT_ORDER,
    PaymentLineStatus,
    PaymentOrderStatus,
)
from app.workflow.steps.accounts.second_person import check_second_person


def approve(business_id: uuid.UUID, order_id: uuid.UUID, *, actor: str) -> None:
    """Approve an order that somebody else made: its file can be downloaded now. Emits `payment_order.approved`.

    Raises:
        NotFound: there is no such order. Denied: it is the person who made it. Conflict: it was decided meanwhile.
    """
    with db.phase("approve_payment_order.approve", business_id):
        order = db.lock(PaymentOrder, order_id)
        if order.status != PaymentOrderStatus.REQUESTED:
            raise Conflict("version_conflict", "This was decided in the meantime. Please review it.")
        check_second_person(order.created_by, actor, did="made this payment order")
        states.advance(
            PAYMENT_ORDER,
            order,
            PaymentOrderStatus.APPROVED,
            reason="approved",
            actor=actor,
            approved_by=actor,
            approved_at=clock.now(),
        )


def cancel(business_id: uuid.UUID, order_id: uuid.UUID, *, reason: str, actor: str) -> None:
    """Cancel an order that nobody has downloaded: its movements wait for another one. Emits
    `payment_order.cancelled`.

    Raises:
        NotFound: there is no such order. Conflict: its file may be with the bank, or it is cancelled.
    """
    with db.phase("approve_payment_order.cancel", business_id):
        order = db.lock(PaymentOrder, order_id)
        if order.status not in CANCELLABLE:
            text = "This payment order cannot be cancelled any more. Reject its lines one by one."
            raise Conflict("not_cancellable", text)
        for line in service.lines_of(order_id):
            states.advance(PAYMENT_LINE, line, PaymentLineStatus.CANCELLED, reason="order cancelled", actor=actor)
        states.advance(PAYMENT_ORDER, order, PaymentOrderStatus.CANCELLED, reason=reason or "cancelled", actor=actor)
