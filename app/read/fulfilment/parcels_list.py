"""The list of parcels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_

from app.core import db, ids, lists
from app.core.lists import Column, Filter, Listing, ListRequest
from app.core.paging import Key
from app.domain.fulfilment.parcels.states import ParcelStatus
from app.read.fulfilment.parcels import ParcelRow, orders, parcels, with_order
from app.read.fulfilment.warehouses import warehouse_choices

VIEWS = {
    "all": "All",
    ParcelStatus.PACKED: "To ship",
    ParcelStatus.SHIPPED: "On the way",
    ParcelStatus.DELIVERED: "Delivered",
    ParcelStatus.LOST: "Lost",
    ParcelStatus.RETURNED: "Returned",
    ParcelStatus.CANCELLED: "Cancelled",
}


def read(request: ListRequest, after: Key | None, limit: int) -> Sequence[ParcelRow]:
    """Parcels that were asked for, behind `after`."""
    conditions = request.days(parcels.c.created_at)
    if view := request.text("view"):
        conditions.append(parcels.c.status == view)
    if text := request.text("q").replace("\x00", ""):
        order_id, parcel_id = ids.try_parse(text, "ord"), ids.try_parse(text, "pcl")
        conditions.append(
            or_(
                parcels.c.tracking_number == text,
                orders.c.buyer_reference == text,
                parcels.c.order_id == order_id,
                parcels.c.id == parcel_id,
            )
        )
    if warehouse := request.text("warehouse"):
        conditions.append(parcels.c.warehouse_id == ids.try_parse(warehouse, "whs"))
    statement = with_order(request.business_id).where(*conditions)
    with db.reading(request.business_id):
        return db.rows(request.in_order(statement, parcels.c.created_at, parcels.c.id, after, limit))


def place_of(address: Mapping[str, str] | None) -> str | None:
    """Where a parcel goes, in short."""
    return ", ".join(filter(None, ((address or {}).get("city"), (address or {}).get("country")))) or None


def _of(name: str) -> Any:
    return lambda row: getattr(row, name) or None


PARCELS = lists.add(
    Listing(
        name="parcels",
        title="Parcels",
        permission="orders.read",
        views=VIEWS,
        ordered_by="made",
        read=read,
        filters=(
            Filter(key="q", title="Find", kind="search", hint="Tracking number, order or buyer"),
            Filter(key="warehouse", title="Warehouse", kind="choice", choices=warehouse_choices),
            Filter(key="from", title="From", kind="from"),
            Filter(key="to", title="To", kind="to"),
        ),
        columns=(
            Column(key="order", title="Order", kind="id", value=lambda row: ("ord", row.order_id)),
            Column(key="state", title="State", kind="state", value=lambda row: (row.status, None)),
            Column(key="buyer", title="Buyer", value=_of("buyer_reference"), personal=True),
            Column(key="place", title="Destination", value=lambda row: place_of(row.address), personal=True),
            Column(key="carrier", title="Carrier", value=_of("carrier")),
            Column(key="tracking_number", title="Tracking number", kind="code", value=_of("tracking_number")),
            Column(key="made", title="Packed", kind="when", value=_of("created_at")),
            Column(key="shipped", title="Shipped", kind="when", value=_of("shipped_at"), default=False),
            Column(key="arrived", title="Delivered", kind="when", value=_of("delivered_at"), default=False),
            Column(key="warehouse", title="Warehouse", value=_of("warehouse_name"), default=False),
            Column(key="parcel", title="Parcel", kind="id", value=lambda row: ("pcl", row.id), default=False),
        ),
    )
)
