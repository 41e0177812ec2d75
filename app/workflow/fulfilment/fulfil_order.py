"""Delivering what was paid."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import ARRAY, Uuid, bindparam, func, select
from sqlalchemy.orm import Mapped

from app.core import db, states
from app.core.errors import NotFound
from app.core.states import RowState
from app.domain.catalog import service as stock
from app.domain.catalog.models import Product
from app.domain.fulfilment import service as fulfilment
from app.domain.fulfilment.models import Delivery
from app.domain.fulfilment.parcels import service as parcels
from app.domain.fulfilment.states import DeliveryStatus
from app.domain.fulfilment.types import SHIPPING, Deliverable
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.states import ORDER, OrderStatus
from app.workflow.fulfilment import deliver_line
from app.workflow.steps.fulfilment.delivery_kinds import OUR_KINDS
from app.workflow.steps.orders import refund_lines
from app.workflow.steps.orders.lock_order import lock_order

if TYPE_CHECKING:

    class _LineWithKind(OrderLine):
        """A line with its product's kind of delivery."""

        delivery_kind: Mapped[str]

else:
    _LineWithKind = OrderLine


_LOCKED = db.prepared(
    select(db.table(Order))
    .where(Order.business_id == db.HERE, Order.id == func.any(bindparam("orders", type_=ARRAY(Uuid))))
    .order_by(Order.id)
    .with_for_update()
)
_LINES = db.prepared(
    db.select_as(
        _LineWithKind,
        select(db.table(OrderLine), Product.delivery_kind)
        .join(Product, (Product.business_id == OrderLine.business_id) & (Product.id == OrderLine.product_id))
        .where(OrderLine.business_id == db.HERE, OrderLine.order_id == func.any(bindparam("orders", type_=ARRAY(Uuid))))
        .order_by(OrderLine.order_id, OrderLine.position),
    )
)


def fulfil_order(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """Start the delivery of every line of a paid order; those that need a call outside, or wait, are tried by
    `deliver_line` until they are done. An order in another status gets nothing new."""
    with db.phase("fulfil_order.deliver", business_id):
        fulfil_here([order_id])


def fulfil_here(order_ids: Sequence[uuid.UUID]) -> None:
    """The same for several orders, in the open phase."""
    db.ahead(_LINES, orders=list(order_ids))
    orders = db.rows(_LOCKED, orders=list(order_ids))
    if len(orders) < len(set(order_ids)):
        raise NotFound("not_found", "There is no such order.")
    lines = db.rows(_LINES, orders=list(order_ids))
    paid = {order.id: order for order in orders if order.status == OrderStatus.PAID}
    for order in orders:
        if order.id not in paid:
            # Its last delivery may have ended while a refund that then failed was under way.
            deliver_line.conclude(order)
    # Whoever was refunded before the goods went out gets none.
    refunded = {
        line_id for order in paid.values() if order.refunded_minor for line_id in refund_lines.refunded_whole(order.id)
    }
    fulfilling = {
        order.id: states.advance(ORDER, order, OrderStatus.FULFILLING, reason="delivery begun", actor="system")
        for order in paid.values()
    }
    due = [line for line in lines if line.order_id in paid and line.id not in refunded]
    made = _hand_over([(paid[line.order_id], line) for line in due])
    for order_id, state in fulfilling.items():
        if all(status == DeliveryStatus.DELIVERED for status in made[order_id]):
            deliver_line.finish(state, "everything delivered")


def _hand_over(lines: Sequence[tuple[Order, _LineWithKind]]) -> dict[uuid.UUID, list[str]]:
    """Begin a delivery for each line, and hand over those that we can by ourselves; where they stand, by order."""
    made: dict[uuid.UUID, list[str]] = defaultdict(list)
    ours: dict[str, dict[RowState, Deliverable]] = defaultdict(dict)
    for order, line in lines:
        delivery = fulfilment.begin(order.id, line.id, kind=line.delivery_kind)
        if line.delivery_kind in OUR_KINDS:
            ours[line.delivery_kind][delivery] = deliver_line.deliverable_of(order, line, delivery.id)
        else:
            made[order.id].append(delivery.status)
    for kind, deliverables in ours.items():
        handed_over = fulfilment.hand_over_new(deliverables, by=OUR_KINDS[kind])
        for deliverable, state in zip(deliverables.values(), handed_over, strict=True):
            made[deliverable.order_id].append(state.status)
    return made


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


def take_back_lost(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """After a lost dispute: revoke the deliveries of lines of which nothing is paid any more, as after a refund."""
    with db.phase("fulfil_order.take_back_lost", business_id):
        lock_order(order_id)
        gone = refund_lines.gone_whole(order_id)
        deliveries = [each for each in fulfilment.of_order(order_id) if each.line_id in gone]
        _take_back(deliveries, order_id, {each.line_id for each in deliveries}, reason="dispute lost")


def _take_back(
    deliveries: Sequence[Delivery], order_id: uuid.UUID, lines: set[uuid.UUID], *, reason: str = "refunded"
) -> None:
    had = [each for each in deliveries if each.delivered_at is not None]
    # A licence key that a buyer has seen is not sold again, whatever its SKU says.
    seen = {each.line_id for each in had if each.kind == "licence_key"}
    gone = parcels.lines_gone(order_id) if any(each.kind == SHIPPING for each in deliveries) else set()
    # A parcel that came back is as good as one that never left.
    handed_over = {each.line_id for each in had if each.kind != SHIPPING} | gone
    stock.restock(order_id, lines - seen, handed_over=handed_over)
    for delivery in deliveries:
        deliver_line.take_back(delivery, reason=reason)
