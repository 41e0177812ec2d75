"""The order's and the session's edges; what a step emits stands beside it."""

from __future__ import annotations

from enum import StrEnum

from app.core.states import Machine
from app.domain.orders.models import CheckoutSession, Order


class OrderStatus(StrEnum):
    """Where an order stands."""

    CREATED = "created"
    PAYING = "paying"
    PAID = "paid"
    FULFILLING = "fulfilling"
    FULFILLED = "fulfilled"
    COMPLETED = "completed"
    CLOSED = "closed"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


class SessionStatus(StrEnum):
    """Where a checkout session stands."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


# Waits for money: it may be paid, changed and closed.
PAYABLE = (OrderStatus.CREATED, OrderStatus.PAYING)
# Was paid, and nothing takes all of it back.
PAID = (OrderStatus.PAID, OrderStatus.FULFILLING, OrderStatus.FULFILLED, OrderStatus.COMPLETED)
REFUNDABLE = (*PAID, OrderStatus.REFUNDING)
EVER_PAID = (*REFUNDABLE, OrderStatus.REFUNDED)
HANDED_OVER = (OrderStatus.FULFILLED, OrderStatus.COMPLETED)

ORDER = Machine(
    name="order",
    model=Order,
    initial=OrderStatus.CREATED,
    edges={
        (OrderStatus.CREATED, OrderStatus.PAYING): None,
        (OrderStatus.PAYING, OrderStatus.CREATED): "order.payment_failed",
        (OrderStatus.CREATED, OrderStatus.PAID): "order.paid",
        (OrderStatus.PAYING, OrderStatus.PAID): "order.paid",
        (OrderStatus.CREATED, OrderStatus.CLOSED): "order.closed",
        (OrderStatus.PAYING, OrderStatus.CLOSED): "order.closed",
        (OrderStatus.PAID, OrderStatus.FULFILLING): None,
        (OrderStatus.FULFILLING, OrderStatus.FULFILLED): "order.fulfilled",
        (OrderStatus.FULFILLED, OrderStatus.COMPLETED): "order.completed",
        (OrderStatus.PAID, OrderStatus.REFUNDING): None,
        (OrderStatus.FULFILLING, OrderStatus.REFUNDING): None,
        (OrderStatus.FULFILLED, OrderStatus.REFUNDING): None,
        (OrderStatus.COMPLETED, OrderStatus.REFUNDING): None,
        # A refund that the company refused leaves the order where it was.
        (OrderStatus.REFUNDING, OrderStatus.PAID): "order.refund_failed",
        (OrderStatus.REFUNDING, OrderStatus.FULFILLING): "order.refund_failed",
        (OrderStatus.REFUNDING, OrderStatus.FULFILLED): "order.refund_failed",
        (OrderStatus.REFUNDING, OrderStatus.COMPLETED): "order.refund_failed",
        (OrderStatus.REFUNDING, OrderStatus.REFUNDED): "order.refunded",
    },
)

SESSION = Machine(
    name="checkout_session",
    model=CheckoutSession,
    initial=SessionStatus.OPEN,
    edges={
        (SessionStatus.OPEN, SessionStatus.COMPLETE): "checkout_session.completed",
        (SessionStatus.OPEN, SessionStatus.EXPIRED): "checkout_session.expired",
        (SessionStatus.OPEN, SessionStatus.CANCELLED): "checkout_session.cancelled",
    },
)

# Neither over nor complete: something may still be paid, delivered or refunded.
UNDER_WAY = (
    OrderStatus.CREATED,
    OrderStatus.PAYING,
    OrderStatus.PAID,
    OrderStatus.FULFILLING,
    OrderStatus.REFUNDING,
)
