"""Delivering what was paid."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Mapped

from app.core import db, states
from app.core.states import RowState
from app.domain.catalog import service as stock
from app.domain.catalog.models import Product
from app.domain.fulfilment import service as fulfilment
from app.domain.fulfilment.models import Delivery
from app.domain.fulfilment.states import DeliveryStatus
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.states import ORDER, OrderStatus
from app.workflow.fulfilment import deliver_line
from app.workflow.steps.orders import refund_lines
from app.workflow.steps.orders.lock_order import lock_order

if TYPE_CHECKING:

    class _LineWithKind(OrderLine):
        """A line with its product's kind of delivery."""

        delivery_kind: Mapped[str]

else:
    _LineWithKind = OrderLine


_LINES = db.prepared(
    db.select_as(
        _LineWithKind,
        select(db.table(OrderLine), Product.delivery_kind)
        .join(Product, (Product.business_id == OrderLine.business_id) & (Product.id == OrderLine.product_id))
        .where(OrderLine.business_id == db.HERE, OrderLine.order_id == bindparam("order"))
        .order_by(OrderLine.position),
    )
)


def fulfil_order(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """Start the delivery of every line of a paid order; those that need a call outside, or wait, are tried by
    `deliver_line` until they are done. An order in another status gets nothing new."""
    with db.phase("fulfil_order.deliver", business_id):
        order = lock_order(order_id)
        if order.status != OrderStatus.PAID:
            # Its last delivery may have ended while a refund that then failed was under way.
            deliver_line.conclude(order)
            return
        state = states.advance(ORDER, order, OrderStatus.FULFILLING, reason="delivery begun", actor="system")
        lines = db.rows(_LINES, order=order_id)
        # Whoever was refunded before the goods went out gets none.
        refunded = refund_lines.refunded_whole(order_id) if order.refunded_minor else ()
        made = [_begin(order, line) for line in lines if line.id not in refunded]
        if all(each.status == DeliveryStatus.DELIVERED for each in made):
            deliver_line.finish(state, "everything delivered")


def _begin(order: Order, line: _LineWithKind) -> RowState:
    delivery = fulfilment.begin(order.id, line.id, kind=line.delivery_kind)
    return deliver_line.hand_over(order, line, delivery, kind=line.delivery_kind, attempt_count=1)


def take_back(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """After a full refund: revoke the deliveries, and return the units to the stock."""
    with db.phase("fulfil_order.take_back", business_id):
        order = lock_order(order_id)
        if order.status != OrderStatus.REFUNDED:
            return
        # Also of lines that were never handed over: the money went back before their turn came.
        lines = select(OrderLine.id).where(OrderLine.business_id == business_id, OrderLine.order_id == order_id)
        _take_back(fulfilment.of_order(order_id), order_id, {row.id for row in db.rows(lines)})


def take_back_lines(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """After a refund by lines: revoke the deliveries of lines that are refunded in full."""
    with db.phase("fulfil_order.take_back_lines", business_id):
        order = lock_order(order_id)
        if order.status == OrderStatus.REFUNDED:
            return  # taken back as a whole
        refunded = refund_lines.refunded_whole(order_id)
        deliveries = [each for each in fulfilment.of_order(order_id) if each.line_id in refunded]
        _take_back(deliveries, order_id, {each.line_id for each in deliveries})
        # What was taken back may have been all that the order still waited for.
        deliver_line.conclude(order)


def _take_back(deliveries: Sequence[Delivery], order_id: uuid.UUID, lines: set[uuid.UUID]) -> None:
    had = [each for each in deliveries if each.delivered_at is not None]
    # A licence key that a buyer has seen is not sold again, whatever its SKU says.
    seen = {each.line_id for each in had if each.kind == "licence_key"}
    stock.restock(order_id, lines - seen, handed_over={each.line_id for each in had})
    for delivery in deliveries:
        deliver_line.take_back(delivery, reason="refunded")
