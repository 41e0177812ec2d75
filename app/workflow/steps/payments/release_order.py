"""Releasing what an order kept while it waited to be paid, once it is closed."""

from __future__ import annotations

from app.domain.catalog import service as stock
from app.domain.marketing import service as marketing
from app.domain.orders.models import Order
from app.domain.payments import service as payments
from app.workflow.steps.orders import remote_reservations
from app.workflow.steps.payments import wallet_portion


def release_order(order: Order, *, reason: str, actor: str) -> None:
    """Release what promotions and coupons gave, the open charge, the wallet portion, stock, and remote reservations,
    each at most once. In the caller's phase, with the order locked (and its session, if that changes)."""
    marketing.release(order.id)
    charge = payments.open_charge(order.id)
    if charge is not None:
        payments.cancel_open_charge(charge, order_id=order.id, reason=reason, actor=actor)
    wallet_portion.release(order.id, reason=reason)
    stock.cancel(order.id, reason=reason)
    remote_reservations.cancel(order)
