"""Delivering what was paid."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import clock, db, states
from app.domain.catalog import service as stock
from app.domain.catalog.models import Product
from app.domain.fulfilment import service as fulfilment
from app.domain.fulfilment.kinds import Goods
from app.domain.orders.models import OrderLine
from app.domain.orders.states import ORDER
from app.workflow.pay_order import lock_order


def fulfil_order(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """Hand over every line of a paid order. An order that is not `paid` any more is left alone."""
    with db.phase("fulfil_order.deliver", business_id):
        order = lock_order(order_id)
        if order.status != "paid":
            return
        stand = states.advance(ORDER, order, "fulfilling", reason="delivery begun", actor="system")
        lines = db.rows(
            select(OrderLine.__table__, Product.delivery_kind)
            .join(Product, (Product.business_id == OrderLine.business_id) & (Product.id == OrderLine.product_id))
            .where(OrderLine.business_id == business_id, OrderLine.order_id == order_id)
            .order_by(OrderLine.position)
        )
        for line in lines:
            delivery_id = fulfilment.begin(order_id, line.id, kind=line.delivery_kind)
            goods = Goods(
                delivery_id=delivery_id,
                buyer_reference=order.buyer_reference,
                product_id=line.product_id,
                quantity=line.quantity,
                days=int(line.specification["delivery_days"]),
            )
            fulfilment.hand_over(delivery_id, goods, order_id=order_id, kind=line.delivery_kind)
        states.advance(
            ORDER,
            stand,
            "fulfilled",
            reason="everything delivered",
            actor="system",
            payload={"order_id": str(order_id)},
            fulfilled_at=clock.now(),
        )


def take_back(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """After a full refund: goods are taken back, stock returns to the shelf."""
    with db.phase("fulfil_order.take_back", business_id):
        order = lock_order(order_id)
        if order.status != "refunded":
            return
        fulfilment.revoke_all(order_id, reason="refunded")
        stock.restock(order_id)
