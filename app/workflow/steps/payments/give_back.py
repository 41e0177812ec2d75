"""What an order held while it waited to be paid goes back, once it is closed."""

from __future__ import annotations

from app.domain.catalog import service as stock
from app.domain.marketing import service as marketing
from app.domain.orders.models import Order
from app.domain.payments import service as payments
from app.workflow.steps.orders import remote_reservations
from app.workflow.steps.payments import wallet_portion


def give_back(order: Order, *, reason: str, actor: str) -> None:
    """In the caller's phase, with the order locked (and its session, if that changes too): what promotions and coupons
    gave, its open charge, the wallet's share, stock, and what the merchant's own system holds. Each at most once."""
    marketing.release(order.id)
    charge = payments.open_charge(order.id)
    if charge is not None:
        payments.cancel_open_charge(charge, order_id=order.id, reason=reason, actor=actor)
    wallet_portion.release(order.id, reason=reason)
    stock.cancel(order.id, reason=reason)
    remote_reservations.cancel(order)
