"""What a contract that was cancelled at once gives back of its running cycle."""

from __future__ import annotations

import uuid

from app.core import db
from app.core.ids import named
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.orders.models import Order
from app.domain.payments.errors import NotRefundable
from app.domain.risk.errors import RefundBlocked
from app.workflow.payments.refund_order import refund_order
from app.workflow.steps.payments.refund_rules import CONTRACT_CANCELLED


def refund_cancelled(
    business_id: uuid.UUID, contract_id: uuid.UUID, order_id: uuid.UUID, *, amount_minor: int, actor: str
) -> None:
    """Refund so much of the cycle's order, on behalf of whoever cancelled: more than they may is put before somebody
    who may, and what rules refuse is not refunded. Safe to call again.

    Raises:
        NotRefundable: less than that is left of the order, or its refund window is over.
    """
    try:
        refund_order(
            business_id,
            order_id,
            amount_minor=amount_minor,
            reason=CONTRACT_CANCELLED,
            actor=actor,
            transaction_id=named(contract_id, "cancellation refund"),
        )
    except (ApprovalNeeded, RefundBlocked):
        return  # it waits for somebody else, who was asked, or the merchant's rules refuse it
    except NotRefundable:
        with db.reading(business_id):
            order = db.get(Order, order_id)
        if order.refunded_minor < order.paid_minor:
            raise
