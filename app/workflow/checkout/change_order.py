"""The buyer changes an order that was not paid: it is closed, what it held goes back, and its checkout session goes on,
so that another SKU, quantity or coupon can be chosen and ordered."""

from __future__ import annotations

import uuid

from app.core import clock
from app.core.db.retry import Again, in_phase
from app.domain.orders.errors import OrderState, SessionClosed
from app.domain.orders.models import CheckoutSession, Order
from app.domain.orders.states import OrderStatus
from app.domain.payments import service as payments
from app.workflow.checkout import open_checkout
from app.workflow.steps.orders.lock_order import lock_order
from app.workflow.steps.orders.mark_closed import let_choose_again, mark_closed
from app.workflow.steps.payments.release_order import release_order

REASON = "changed_by_buyer"


def change_order(business_id: uuid.UUID, session_id: uuid.UUID, *, order_id: uuid.UUID, actor: str) -> None:
    """Close the session's order `order_id`, which the buyer saw, as `changed_by_buyer`, and let the buyer choose again.
    Nothing happens when the session has no order (any more). Money that comes for the closed order all the same is
    late: it goes back by itself.

    Raises:
        NotFound: no such session.
        SessionClosed: it is over, or has another order by now.
        OrderState: a payment of the order is undecided and could still be made, or the order's time is over.
    """
    in_phase("change_order.close", business_id, lambda: _close(session_id, order_id, actor))


def _close(session_id: uuid.UUID, seen_id: uuid.UUID, actor: str) -> None:
    # The order first, then its session (workflow/steps/orders/lock_order.py).
    known = open_checkout.order_of(session_id)
    order = lock_order(known) if known is not None else None
    session = open_checkout.open_session(session_id)
    if session.order_id != known:
        raise Again("version_conflict", "This was ordered or changed in the meantime. Try again.")
    if order is None:
        return
    if order.id != seen_id:
        raise SessionClosed("session_changed", "A new order was placed in the meantime, perhaps in another window.")
    _check(order, session)
    closed = mark_closed(order, reason=REASON, actor=actor)
    let_choose_again(session_id, closed)
    release_order(order, reason=REASON, actor=actor)


def _check(order: Order, session: CheckoutSession) -> None:
    if order.status == OrderStatus.PAYING or payments.undecided_of(order.id):
        raise OrderState("payment_in_progress", "A payment for this order is still pending.")
    if order.status != OrderStatus.CREATED:
        raise OrderState("order_state", f"This order is {order.status}; it cannot be changed.")
    if order.expires_at <= clock.now():
        raise OrderState("order_expired", "This order has expired.")
    if session.expires_at <= clock.now():
        raise SessionClosed("session_expired", "This checkout session has expired.")
