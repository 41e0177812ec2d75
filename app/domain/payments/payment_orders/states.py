"""The edges of payment orders and their lines."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.payments.payment_orders.models import PaymentOrder, PaymentOrderLine


class PaymentOrderStatus(StrEnum):
    """Where a payment order stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    SENT = "sent"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class PaymentLineStatus(StrEnum):
    """Where a line of a payment order stands."""

    WAITING = "waiting"
    EXECUTED = "executed"
    REJECTED = "rejected"
    RETURNED = "returned"
    CANCELLED = "cancelled"


# Nobody has had the file yet.
CANCELLABLE = (PaymentOrderStatus.REQUESTED, PaymentOrderStatus.APPROVED)
# The file may be with the bank.
SENT = (PaymentOrderStatus.SENT, PaymentOrderStatus.COMPLETED)
DOWNLOADABLE = (PaymentOrderStatus.APPROVED, *SENT)

PAYMENT_ORDER = Machine(
    name="payment_order",
    model=PaymentOrder,
    initial=PaymentOrderStatus.REQUESTED,
    edges={
        (PaymentOrderStatus.REQUESTED, PaymentOrderStatus.APPROVED): "payment_order.approved",
        (PaymentOrderStatus.REQUESTED, PaymentOrderStatus.CANCELLED): "payment_order.cancelled",
        (PaymentOrderStatus.APPROVED, PaymentOrderStatus.CANCELLED): "payment_order.cancelled",
        (PaymentOrderStatus.APPROVED, PaymentOrderStatus.SENT): "payment_order.sent",
        (PaymentOrderStatus.SENT, PaymentOrderStatus.COMPLETED): "payment_order.completed",
    },
)

PAYMENT_LINE = Machine(
    name="payment_order_line",
    model=PaymentOrderLine,
    initial=PaymentLineStatus.WAITING,
    edges={
        (PaymentLineStatus.WAITING, PaymentLineStatus.EXECUTED): None,
        (PaymentLineStatus.WAITING, PaymentLineStatus.REJECTED): None,
        (PaymentLineStatus.WAITING, PaymentLineStatus.CANCELLED): None,
        # The payee's bank sent it back, days later.
        (PaymentLineStatus.EXECUTED, PaymentLineStatus.RETURNED): None,
        # The bank said no first and carried it out after all.
        (PaymentLineStatus.REJECTED, PaymentLineStatus.EXECUTED): None,
    },
)
