"""Refunds that rules send to the buyer's wallet, whatever paid the order."""

from __future__ import annotations

from app.core.db import erasing
from app.domain.buyers.types import GUEST
from app.domain.orders.models import Order
from app.domain.payments.errors import NoChannel
from app.workflow.steps.payments import channel_access, choose_route


def has_wallet(order: Order) -> bool:
    """In the caller's transaction: whether the order's buyer can be paid back into a wallet. A guest and whoever was
    erased have none, nor has anybody where wallets are off; and what bought wallet money does
    not come back as wallet money."""
    if order.buyer_reference.startswith((GUEST, erasing.PSEUDONYM)):
        return False
    try:
        channel_access.wallet_account()
    except NoChannel:
        return False
    return not choose_route.buys_credit(order.id)
