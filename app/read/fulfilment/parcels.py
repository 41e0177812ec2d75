"""Parcels: one, those of an order or of a business, and what of an order is left to pack."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Select, select
from sqlalchemy.orm import Mapped

from app.core import db
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.fulfilment.models import Delivery
from app.domain.fulfilment.parcels.models import Parcel, ParcelLine, Warehouse
from app.domain.fulfilment.parcels.service import MAX_PARCELS
from app.domain.fulfilment.parcels.states import LIVE
from app.domain.fulfilment.states import DeliveryStatus
from app.domain.fulfilment.types import SHIPPING
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.shipping import ADDRESS

parcels, pieces, lines = db.table(Parcel), db.table(ParcelLine), db.table(OrderLine)
orders, warehouses, deliveries = db.table(Order), db.table(Warehouse), db.table(Delivery)

if TYPE_CHECKING:

    class ParcelRow(Parcel):
        """A parcel with whose it is, where it goes and where it leaves from."""

        buyer_reference: Mapped[str]
        address: Mapped[dict[str, str] | None]
        warehouse_name: Mapped[str | None]

    class PieceRow(ParcelLine):
        """Units in a parcel, by what their line is called."""

        title: Mapped[str]
        sku_code: Mapped[str]

else:
    ParcelRow, PieceRow = Parcel, ParcelLine


@dataclass(frozen=True)
class ShownParcel:
    """A parcel and what is in it."""

    row: ParcelRow
    pieces: Sequence[PieceRow]


@dataclass(frozen=True)
class PackableLine:
    """How many units of an order's line are left to pack."""

    line_id: uuid.UUID
    title: str
    left: int


def with_order(business_id: uuid.UUID) -> Select[ParcelRow]:
    """The business's parcels, each with its order's buyer and address; narrow it down, and give it a limit."""
    columns = (
        orders.c.buyer_reference,
        orders.c.details[ADDRESS].label("address"),
        warehouses.c.name.label("warehouse_name"),
    )
    here = warehouses.c.business_id == parcels.c.business_id
    return (
        db.select_as(ParcelRow, select(parcels, *columns))
        .join(orders, (orders.c.business_id == parcels.c.business_id) & (orders.c.id == parcels.c.order_id))
        .outerjoin(warehouses, here & (warehouses.c.id == parcels.c.warehouse_id))
        .where(parcels.c.business_id == business_id)
    )


def get_parcel(business_id: uuid.UUID, parcel_id: uuid.UUID) -> ShownParcel:
    """One parcel.

    Raises:
        NotFound: the business has no such parcel.
    """
    with db.reading(business_id):
        row = db.first(with_order(business_id).where(parcels.c.id == parcel_id))
        if row is None:
            raise NotFound("not_found", "There is no such parcel.")
        return ShownParcel(row, _pieces(business_id, [parcel_id])[parcel_id])


def list_parcels(
    business_id: uuid.UUID, *, order_id: uuid.UUID | None, status: str | None, after: After, limit: int
) -> Sequence[ShownParcel]:
    """Parcels, newest first, one more than `limit`."""
    query = with_order(business_id)
    query = query if order_id is None else query.where(parcels.c.order_id == order_id)
    query = query if status is None else query.where(parcels.c.status == status)
    with db.reading(business_id):
        return _shown(business_id, db.rows(newest_first(query, parcels, after, limit)))


def parcels_of(business_id: uuid.UUID, order_id: uuid.UUID) -> Sequence[ShownParcel]:
    """The order's parcels, oldest first."""
    query = with_order(business_id).where(parcels.c.order_id == order_id).order_by(parcels.c.id).limit(MAX_PARCELS)
    with db.reading(business_id):
        return _shown(business_id, db.rows(query))


def packable(business_id: uuid.UUID, order_id: uuid.UUID) -> Sequence[PackableLine]:
    """Lines of the order that wait to be shipped and have units that are in no parcel, in the order's order."""
    waiting = (
        select(lines)
        .join(deliveries, (deliveries.c.business_id == lines.c.business_id) & (deliveries.c.line_id == lines.c.id))
        .where(
            lines.c.business_id == business_id,
            lines.c.order_id == order_id,
            deliveries.c.kind == SHIPPING,
            deliveries.c.status == DeliveryStatus.PENDING,
        )
    )
    packed: defaultdict[uuid.UUID, int] = defaultdict(int)
    with db.reading(business_id):
        found = db.rows(waiting.order_by(lines.c.position))
        in_parcels = (
            select(pieces.c.line_id, pieces.c.quantity)
            .join(parcels, (parcels.c.business_id == pieces.c.business_id) & (parcels.c.id == pieces.c.parcel_id))
            .where(parcels.c.business_id == business_id, parcels.c.order_id == order_id, parcels.c.status.in_(LIVE))
        )
        for piece in db.rows(in_parcels):
            packed[piece.line_id] += piece.quantity
    left = [PackableLine(row.id, row.title, row.quantity - packed[row.id]) for row in found]
    return [each for each in left if each.left > 0]


def _shown(business_id: uuid.UUID, rows: Sequence[ParcelRow]) -> Sequence[ShownParcel]:
    inside = _pieces(business_id, [row.id for row in rows])
    return [ShownParcel(row, inside[row.id]) for row in rows]


def _pieces(business_id: uuid.UUID, parcel_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[PieceRow]]:
    found: dict[uuid.UUID, list[PieceRow]] = {each: [] for each in parcel_ids}
    query = (
        db.select_as(PieceRow, select(pieces, lines.c.title, lines.c.specification["sku"].astext.label("sku_code")))
        .join(lines, (lines.c.business_id == pieces.c.business_id) & (lines.c.id == pieces.c.line_id))
        .where(pieces.c.business_id == business_id, pieces.c.parcel_id.in_(list(parcel_ids)))
    )
    for piece in db.rows(query.order_by(lines.c.position)) if parcel_ids else ():
        found[piece.parcel_id].append(piece)
    return found
