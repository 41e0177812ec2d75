"""Parcels: what of an order goes out in one box, and where it is."""

from collections.abc import Callable
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    PRINTABLE,
    Answer,
    LineId,
    Moment,
    OneOf,
    OrderId,
    Shape,
    WarehouseId,
    moment_text,
)
from app.api.v1.api import KeyCaller, about_order, v1
from app.core.errors import Invalid
from app.core.ids import parse, show
from app.domain.fulfilment.parcels.states import ParcelStatus
from app.domain.fulfilment.parcels.types import MAX_CARRIER, MAX_TRACKING, Label
from app.domain.orders.types import MAX_LINES
from app.read.fulfilment import parcels
from app.workflow.fulfilment import manage_parcels

Carrier = Annotated[str, Field(max_length=MAX_CARRIER, description="Who carries it.", examples=["DHL"]), PRINTABLE]
Tracking = Annotated[str, Field(max_length=MAX_TRACKING, examples=["00340434161094022115"]), PRINTABLE]


class ParcelLineRequest(Shape):
    """Units of one line."""

    line_id: LineId
    quantity: Annotated[int, Field(ge=1, le=10_000)]


class ParcelLabel(Shape):
    """What stands on a parcel."""

    carrier: Carrier = ""
    tracking_number: Tracking = ""


class ParcelRequest(ParcelLabel):
    """A parcel to be packed."""

    order_id: OrderId
    lines: Annotated[
        list[ParcelLineRequest],
        Field(max_length=MAX_LINES, description="What goes into it; each line once. Empty: all that is left."),
    ] = []
    warehouse_id: Annotated[WarehouseId | None, Field(description="Where it leaves from.")] = None


class ParcelEnd(Shape):
    """How a parcel ended."""

    status: Annotated[
        Literal["lost", "returned", "cancelled"],
        Field(description="`returned` came back; `cancelled` was unpacked before it left."),
    ]
    reason: Annotated[str, Field(max_length=200), PRINTABLE] = ""


class ParcelLine(Answer):
    """Units of one line."""

    line_id: str
    title: str
    sku_code: str
    quantity: int


class Parcel(Answer):
    """What of an order goes out in one box."""

    id: str
    order_id: str
    status: Annotated[str, OneOf(ParcelStatus)]
    carrier: str
    tracking_number: str
    warehouse_id: str | None
    lines: list[ParcelLine]
    created_at: Moment
    shipped_at: Moment | None
    delivered_at: Moment | None


class ParcelQuery(ListQuery):
    """Which parcels."""

    order_id: OrderId | None = None
    status: Annotated[str, OneOf(ParcelStatus)] | None = None


@v1.get("/parcels", query=ParcelQuery, answer=Page[Parcel], permission="orders.read", tag="Shipping")
def list_parcels(caller: KeyCaller, query: ParcelQuery) -> Page[Parcel]:
    """List parcels.

    Newest first.
    """
    order_id = parse("ord", query.order_id) if query.order_id else None
    found = parcels.list_parcels(
        caller.business_id, order_id=order_id, status=query.status, after=query.after(), limit=query.limit
    )
    return page_of(found, limit=query.limit, item=_parcel, key=lambda each: (each.row.created_at, each.row.id))


@v1.post(
    "/parcels",
    body=ParcelRequest,
    answer=Parcel,
    status=201,
    permission="orders.write",
    idempotent=True,
    tag="Shipping",
    errors=("not_found", "order_state", "too_many_parcels", "nothing_to_pack", "invalid_parcel"),
)
def create_parcel(caller: KeyCaller, body: ParcelRequest, claim_id: UUID) -> Callable[[], Parcel]:
    """Pack a parcel.

    An order may go out in several, and a line in parts. No unit can be in two parcels, unless the first was cancelled,
    lost or returned.
    """
    units = {parse("oln", each.line_id): each.quantity for each in body.lines}
    if len(units) < len(body.lines):
        raise Invalid("invalid_parcel", "Name each line once.", details={"param": "lines"})
    order_id = parse("ord", body.order_id)
    about_order(order_id)
    manage_parcels.pack_parcel(
        caller.business_id,
        order_id,
        units,
        label=_label(body),
        warehouse_id=parse("whs", body.warehouse_id) if body.warehouse_id else None,
        actor=caller.actor,
        parcel_id=claim_id,
    )
    return lambda: _parcel(parcels.get_parcel(caller.business_id, claim_id))


@v1.get("/parcels/{parcel_id}", answer=Parcel, permission="orders.read", tag="Shipping")
def get_parcel(caller: KeyCaller, parcel_id: str) -> Parcel:
    """Get a parcel."""
    return _parcel(parcels.get_parcel(caller.business_id, parse("pcl", parcel_id)))


@v1.patch(
    "/parcels/{parcel_id}",
    body=ParcelLabel,
    answer=Parcel,
    permission="orders.write",
    tag="Shipping",
    errors=("illegal_state", "invalid_parcel"),
)
def change_parcel(caller: KeyCaller, parcel_id: str, body: ParcelLabel) -> Parcel:
    """Correct carrier and tracking number.

    As long as the parcel has not arrived. Members that are absent stay as they are.
    """
    row_id = parse("pcl", parcel_id)
    now = parcels.get_parcel(caller.business_id, row_id).row
    known = {"carrier": now.carrier, "tracking_number": now.tracking_number}
    manage_parcels.label_parcel(caller.business_id, row_id, Label(**{**known, **body.model_dump(exclude_unset=True)}))
    return _parcel(parcels.get_parcel(caller.business_id, row_id))


@v1.post(
    "/parcels/{parcel_id}/ship",
    body=ParcelLabel,
    answer=Parcel,
    permission="orders.write",
    tag="Shipping",
    errors=("illegal_state", "order_state", "invalid_parcel", "version_conflict"),
)
def ship_parcel(caller: KeyCaller, parcel_id: str, body: ParcelLabel) -> Parcel:
    """Say that a parcel left.

    The buyer is told by email, with the tracking number. Shipping it again changes nothing.
    """
    row_id = parse("pcl", parcel_id)
    manage_parcels.ship_parcel(caller.business_id, row_id, label=_label(body), actor=caller.actor)
    return _parcel(parcels.get_parcel(caller.business_id, row_id))


@v1.post(
    "/parcels/{parcel_id}/deliver",
    answer=Parcel,
    permission="orders.write",
    tag="Shipping",
    errors=("illegal_state", "version_conflict"),
)
def deliver_parcel(caller: KeyCaller, parcel_id: str) -> Parcel:
    """Say that a parcel arrived.

    Lines all of whose units arrived are delivered, and with the last one the order is fulfilled.
    """
    row_id = parse("pcl", parcel_id)
    manage_parcels.deliver_parcel(caller.business_id, row_id, actor=caller.actor)
    return _parcel(parcels.get_parcel(caller.business_id, row_id))


@v1.post(
    "/parcels/{parcel_id}/end",
    body=ParcelEnd,
    answer=Parcel,
    permission="orders.write",
    tag="Shipping",
    errors=("illegal_state", "version_conflict", "invalid_parcel"),
)
def end_parcel(caller: KeyCaller, parcel_id: str, body: ParcelEnd) -> Parcel:
    """Say that a parcel was lost, came back or does not go.

    Unless the buyer had them, its units can be packed again. Money goes back only by a refund.
    """
    row_id = parse("pcl", parcel_id)
    manage_parcels.end_parcel(caller.business_id, row_id, body.status, reason=body.reason, actor=caller.actor)
    return _parcel(parcels.get_parcel(caller.business_id, row_id))


def _label(body: ParcelLabel) -> Label:
    return Label(carrier=body.carrier, tracking_number=body.tracking_number)


def _parcel(found: parcels.ShownParcel) -> Parcel:
    row = found.row
    return Parcel(
        id=show("pcl", row.id),
        order_id=show("ord", row.order_id),
        status=row.status,
        carrier=row.carrier,
        tracking_number=row.tracking_number,
        warehouse_id=show("whs", row.warehouse_id) if row.warehouse_id else None,
        lines=[
            ParcelLine(
                line_id=show("oln", piece.line_id),
                title=piece.title,
                sku_code=piece.sku_code,
                quantity=piece.quantity,
            )
            for piece in found.pieces
        ],
        created_at=moment_text(row.created_at),
        shipped_at=moment_text(row.shipped_at),
        delivered_at=moment_text(row.delivered_at),
    )
