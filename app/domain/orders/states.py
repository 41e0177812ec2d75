"""The order's and the session's edges; what a step emits stands beside it."""

from __future__ import annotations

from app.core.states import Machine
from app.domain.orders.models import CheckoutSession, Order

ORDER = Machine(
    name="order",
    model=Order,
    initial="created",
    edges={
        ("created", "paying"): None,
        ("paying", "created"): "order.payment_failed",
        ("created", "paid"): "order.paid",
        ("paying", "paid"): "order.paid",
        ("created", "closed"): "order.closed",
        ("paying", "closed"): "order.closed",
        ("paid", "fulfilling"): None,
        ("fulfilling", "fulfilled"): "order.fulfilled",
        ("fulfilled", "completed"): "order.completed",
        ("paid", "refunding"): None,
        ("fulfilling", "refunding"): None,
        ("fulfilled", "refunding"): None,
        ("completed", "refunding"): None,
        # A refund that the company refused leaves the order where it was.
        ("refunding", "paid"): "order.refund_failed",
        ("refunding", "fulfilling"): "order.refund_failed",
        ("refunding", "fulfilled"): "order.refund_failed",
        ("refunding", "completed"): "order.refund_failed",
        ("refunding", "refunded"): "order.refunded",
    },
)

SESSION = Machine(
    name="checkout_session",
    model=CheckoutSession,
    initial="open",
    edges={
        ("open", "complete"): "checkout_session.completed",
        ("open", "expired"): "checkout_session.expired",
        ("open", "cancelled"): "checkout_session.cancelled",
    },
)
