"""What is in an order's parcels, and what may still go into one. The caller holds the order's lock."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select

from app.core import db, outbox, states
from app.core.states import RowState
from app.domain.fulfilment.models import Delivery
from app.domain.fulfilment.parcels.models import Parcel, ParcelLine
from app.domain.fulfilment.parcels.states import GONE, LIVE, PARCEL, ParcelStatus
from app.domain.fulfilment.parcels.types import Label

parcels, pieces = db.table(Parcel), db.table(ParcelLine)
MAX_PARCELS = 200  # of one order


def add(
    order_id: uuid.UUID,
    units: Mapping[uuid.UUID, int],
    deliveries: Mapping[uuid.UUID, Delivery],
    *,
    parcel_id: uuid.UUID,
    warehouse_id: uuid.UUID | None,
    label: Label,
    actor: str,
) -> RowState:
    """A packed parcel with so many `units` by line, each of which has its pending delivery. Emits `parcel.packed`."""
    db.add(Parcel, id=parcel_id, order_id=order_id, warehouse_id=warehouse_id, **vars(label))
    for line_id, quantity in units.items():
        db.add(ParcelLine, parcel_id=parcel_id, delivery_id=deliveries[line_id].id, line_id=line_id, quantity=quantity)
    states.born(PARCEL, parcel_id, reason="packed", actor=actor)
    outbox.emit(
        "parcel.packed", aggregate_id=order_id, payload={"parcel_id": str(parcel_id), "order_id": str(order_id)}
    )
    return RowState(parcel_id, PARCEL.initial, 1)


def of_order(order_id: uuid.UUID) -> Sequence[Parcel]:
    """The order's parcels, oldest first."""
    mine = parcels.c.business_id == db.here(), parcels.c.order_id == order_id
    return db.rows(select(parcels).where(*mine).order_by(parcels.c.id).limit(MAX_PARCELS))


def lines_of(parcel_ids: Collection[uuid.UUID]) -> Sequence[ParcelLine]:
    """What is in these parcels, in the order in which it was packed."""
    if not parcel_ids:
        return []
    mine = pieces.c.business_id == db.here(), pieces.c.parcel_id.in_(list(parcel_ids))
    return db.rows(select(pieces).where(*mine).order_by(pieces.c.id))


def units_by_line(known: Sequence[Parcel], statuses: Collection[str] = LIVE) -> Counter[uuid.UUID]:
    """How many units of each line are in those of the parcels that have one of the statuses."""
    found: Counter[uuid.UUID] = Counter()
    for piece in lines_of([each.id for each in known if each.status in statuses]):
        found[piece.line_id] += piece.quantity
    return found


def lines_gone(order_id: uuid.UUID) -> set[uuid.UUID]:
    """Lines of the order of which units left, and did not come back."""
    return set(units_by_line(of_order(order_id), GONE))


def cancel_packed(delivery_id: uuid.UUID, *, order_id: uuid.UUID, reason: str) -> None:
    """Cancel the parcels that wait to be shipped with units of this delivery. What else is in them is packed again."""
    theirs = select(pieces.c.parcel_id).where(pieces.c.business_id == db.here(), pieces.c.delivery_id == delivery_id)
    waiting = select(parcels).where(
        parcels.c.business_id == db.here(), parcels.c.id.in_(theirs), parcels.c.status == ParcelStatus.PACKED
    )
    for parcel in db.rows(waiting.order_by(parcels.c.id)):
        states.advance(
            PARCEL,
            parcel,
            ParcelStatus.CANCELLED,
            reason=reason,
            actor="system",
            aggregate_id=order_id,
            payload={"order_id": str(order_id)},
        )
