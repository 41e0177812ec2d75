"""Credit notes of an order's refunds: made when a refund succeeds, or with the receipt where nobody wanted that yet."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db
from app.domain.orders.models import Order
from app.lib.some import some
from app.workflow.steps.orders.credit_refunds import credit_refunds
from app.workflow.steps.orders.write_receipt import receipt_of

orders = db.table(Order)


def make_credit_notes(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """Each refund of the order that succeeded has a credit note then, where the order has a receipt: one that nobody
    has seen need not be taken back. Made again there are no more of them."""
    with db.reading(business_id):
        if receipt_of(order_id) is None:
            return
    with db.phase("make_credit_notes.make", business_id):
        order = some(db.first(select(orders).where(orders.c.business_id == db.here(), orders.c.id == order_id)))
        credit_refunds(order, some(receipt_of(order_id)))
