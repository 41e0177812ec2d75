"""Parcels of an order: packed, shipped, delivered; or lost, returned, cancelled. A line may go out in several."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.core import clock, db, states
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.domain.fulfilment import service as fulfilment
from app.domain.fulfilment.models import Delivery
from app.domain.fulfilment.parcels import service as parcels
from app.domain.fulfilment.parcels.models import Parcel, Warehouse
from app.domain.fulfilment.parcels.states import PARCEL, ParcelStatus
from app.domain.fulfilment.parcels.types import Label
from app.domain.fulfilment.states import DeliveryStatus
from app.domain.fulfilment.types import SHIPPING
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.states import OrderStatus
from app.workflow.fulfilment import deliver_line
from app.workflow.steps.orders import refund_lines
from app.workflow.steps.orders.lock_order import lock_order

NO_LABEL = Label()


def pack_parcel(
    business_id: uuid.UUID,
    order_id: uuid.UUID,
    units: Mapping[uuid.UUID, int],
    *,
    label: Label = NO_LABEL,
    warehouse_id: uuid.UUID | None = None,
    actor: str,
    parcel_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """Pack so many `units` of the order's lines, by id, into a new parcel; its id. No units: all that is left. The same
    `parcel_id` again changes nothing.

    Raises:
        NotFound: no such order or warehouse. Invalid: no units, or a text that cannot be. Conflict: the order is not
        being delivered, a line is not shipped or was refunded, or fewer of its units are left.
    """
    parcel_id, label = parcel_id or new_id(), label.checked()
    with db.phase("manage_parcels.pack", business_id):
        order = lock_order(order_id)
        known = parcels.of_order(order_id)
        if any(each.id == parcel_id for each in known):
            return parcel_id
        if order.status != OrderStatus.FULFILLING:
            raise Conflict("order_state", f"The order is {order.status}; nothing is left to ship.")
        if len(known) >= parcels.MAX_PARCELS:
            raise Conflict("too_many_parcels", f"An order has at most {parcels.MAX_PARCELS} parcels.")
        _check_warehouse(warehouse_id)
        waiting = _waiting(order_id)
        left = _left(order_id, waiting, parcels.units_by_line(known))
        parcels.add(
            order_id,
            _wanted(units, left),
            waiting,
            parcel_id=parcel_id,
            warehouse_id=warehouse_id,
            label=label,
            actor=actor,
        )
    return parcel_id


def ship_parcel(business_id: uuid.UUID, parcel_id: uuid.UUID, *, label: Label = NO_LABEL, actor: str) -> None:
    """The parcel left. What the `label` says replaces what was on it; the buyer is written to. Emits `parcel.shipped`.
    Again changes nothing.

    Raises:
        NotFound: no such parcel. Invalid: a text cannot be. Conflict: it is not packed any more, or the order's money
        is on its way back.
    """
    label = label.checked()
    with db.phase("manage_parcels.ship", business_id):
        order, parcel = _locked(parcel_id)
        if parcel.status == ParcelStatus.SHIPPED:
            return
        lines = {piece.line_id for piece in parcels.lines_of([parcel_id])}
        if parcel.status == ParcelStatus.PACKED and (
            order.status != OrderStatus.FULFILLING or lines & refund_lines.refunded_whole(order.id)
        ):
            raise Conflict("order_state", "This order, or a line in the parcel, was refunded.")
        _advance(
            parcel,
            ParcelStatus.SHIPPED,
            actor=actor,
            carrier=label.carrier or parcel.carrier,
            tracking_number=label.tracking_number or parcel.tracking_number,
            shipped_at=clock.now(),
        )


def label_parcel(business_id: uuid.UUID, parcel_id: uuid.UUID, label: Label) -> None:
    """Correct what stands on a parcel that is packed or on its way.

    Raises:
        NotFound: no such parcel. Invalid: a text cannot be. Conflict: it is not on its way any more.
    """
    label = label.checked()
    with db.phase("manage_parcels.label", business_id):
        _, parcel = _locked(parcel_id)
        if parcel.status not in (ParcelStatus.PACKED, ParcelStatus.SHIPPED):
            raise Conflict("illegal_state", f"The parcel is {parcel.status}.")
        db.write(db.change(Parcel, parcel_id, **vars(label)), expect=1)


def deliver_parcel(business_id: uuid.UUID, parcel_id: uuid.UUID, *, actor: str) -> None:
    """The parcel arrived. Lines all of whose units arrived are delivered, and with the last one the order is fulfilled.
    Again changes nothing.

    Raises:
        NotFound: no such parcel. IllegalTransition: it is not on its way.
    """
    with db.phase("manage_parcels.deliver", business_id):
        order, parcel = _locked(parcel_id)
        if parcel.status == ParcelStatus.DELIVERED:
            return
        _advance(parcel, ParcelStatus.DELIVERED, actor=actor, delivered_at=clock.now())
        arrived = parcels.units_by_line(parcels.of_order(order.id), (ParcelStatus.DELIVERED,))
        bought = _bought(order.id)
        made = [
            fulfilment.delivered(delivery, order_id=order.id, attempt_count=delivery.attempt_count)
            for line_id, delivery in _waiting(order.id).items()
            if arrived[line_id] >= bought[line_id]
        ]
        deliver_line.conclude(order, *made)


def end_parcel(business_id: uuid.UUID, parcel_id: uuid.UUID, to: str, *, reason: str, actor: str) -> None:
    """The parcel was `lost` on its way, came back (`returned`), or does not go (`cancelled`). Unless the buyer had
    them, its units can be packed again. Again changes nothing.

    Raises:
        NotFound: no such parcel. IllegalTransition: that cannot become of it now. Invalid: nothing ends so.
    """
    if to not in (ParcelStatus.LOST, ParcelStatus.RETURNED, ParcelStatus.CANCELLED):
        raise Invalid("invalid_parcel", "A parcel is lost, returned or cancelled.", details={"param": "status"})
    with db.phase("manage_parcels.end", business_id):
        _, parcel = _locked(parcel_id)
        _advance(parcel, to, actor=actor, reason=reason)


def _advance(parcel: Parcel, to: str, *, actor: str, reason: str = "", **columns: Any) -> None:
    states.advance(
        PARCEL,
        parcel,
        to,
        reason=reason or to,
        actor=actor,
        aggregate_id=parcel.order_id,
        payload={"order_id": str(parcel.order_id)},
        **columns,
    )


def _locked(parcel_id: uuid.UUID) -> tuple[Order, Parcel]:
    """The parcel's order, locked, and then the parcel as it is now."""
    table, here = parcels.parcels, db.here()
    mine = table.c.business_id == here, table.c.id == parcel_id
    order_id = db.scalar(select(table.c.order_id).where(*mine))
    if order_id is None:
        raise NotFound("not_found", "There is no such parcel.")
    order = lock_order(order_id)
    parcel = db.first(select(table).where(*mine))
    assert parcel is not None  # none is ever deleted
    return order, parcel


def _check_warehouse(warehouse_id: uuid.UUID | None) -> None:
    if warehouse_id is None:
        return
    table = db.table(Warehouse)
    mine = table.c.business_id == db.here(), table.c.id == warehouse_id, table.c.archived_at.is_(None)
    if db.scalar(select(table.c.id).where(*mine).with_for_update(read=True)) is None:
        raise NotFound("not_found", "There is no such warehouse.")


def _waiting(order_id: uuid.UUID) -> dict[uuid.UUID, Delivery]:
    """By line, the deliveries of the order that wait to be shipped."""
    return {
        each.line_id: each
        for each in fulfilment.of_order(order_id)
        if each.kind == SHIPPING and each.status == DeliveryStatus.PENDING
    }


def _bought(order_id: uuid.UUID) -> dict[uuid.UUID, int]:
    query = select(OrderLine.id, OrderLine.quantity)
    rows = db.rows(query.where(OrderLine.business_id == db.here(), OrderLine.order_id == order_id))
    return {row.id: row.quantity for row in rows}


def _left(
    order_id: uuid.UUID, waiting: Mapping[uuid.UUID, Delivery], packed: Mapping[uuid.UUID, int]
) -> dict[uuid.UUID, int]:
    """How many units of each line can go into a parcel."""
    bought, refunded = _bought(order_id), refund_lines.refunded_whole(order_id)
    found = {line_id: bought[line_id] - packed.get(line_id, 0) for line_id in waiting if line_id not in refunded}
    return {line_id: left for line_id, left in found.items() if left > 0}


def _wanted(units: Mapping[uuid.UUID, int], left: Mapping[uuid.UUID, int]) -> dict[uuid.UUID, int]:
    wanted = {line_id: quantity for line_id, quantity in units.items() if quantity} or dict(left)
    if not wanted or min(wanted.values()) < 1:
        raise Conflict("nothing_to_pack", "Nothing is left to pack.")
    for line_id, quantity in wanted.items():
        if quantity > left.get(line_id, 0):
            message = f"Only {left.get(line_id, 0)} units of this line are left to pack."
            raise Conflict("nothing_to_pack", message, details={"param": "lines"})
    return wanted
