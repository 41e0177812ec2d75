"""After a full refund: coupons that can be used again by their template's rule go back."""

from __future__ import annotations

import uuid

from app.core import db
from app.domain.marketing import coupon_use
from app.domain.orders.states import OrderStatus
from app.workflow.steps.orders.lock_order import lock_order


def return_coupons(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """Give back the coupons of a refunded order whose templates say so. Safe to call again."""
    with db.phase("return_coupons.return", business_id):
        if lock_order(order_id).status == OrderStatus.REFUNDED:
            coupon_use.return_refunded(order_id)
