"""Warehouses: the places that parcels leave from."""

from typing import Annotated

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, Moment, Shape, ShortText, moment_text
from app.api.v1.api import KeyCaller, v1
from app.api.v1.parts import AddressAnswer, AddressRequest
from app.core.ids import parse, show
from app.read.fulfilment import warehouses
from app.workflow.fulfilment import manage_warehouses
from app.workflow.fulfilment.manage_warehouses import WarehouseCommand


class WarehouseRequest(Shape):
    """A warehouse to be made."""

    name: Annotated[ShortText, Field(examples=["Berlin North"])]
    address: AddressRequest


class WarehouseChange(Shape):
    """What a warehouse shall be from now on; members that are absent stay as they are."""

    name: ShortText | None = None
    address: AddressRequest | None = None


class Warehouse(Answer):
    """A place that parcels leave from."""

    id: str
    name: str
    address: AddressAnswer
    archived_at: Annotated[Moment | None, Field(description="Since when no new parcel leaves from it.")]
    created_at: Moment


@v1.get("/warehouses", query=ListQuery, answer=Page[Warehouse], permission="products.read", tag="Shipping")
def list_warehouses(caller: KeyCaller, query: ListQuery) -> Page[Warehouse]:
    """List warehouses.

    Newest first.
    """
    found = warehouses.list_warehouses(caller.business_id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_warehouse, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/warehouses",
    body=WarehouseRequest,
    answer=Warehouse,
    status=201,
    permission="products.write",
    tag="Shipping",
    errors=("invalid_warehouse", "invalid_shipping_address", "warehouse_name_taken", "too_many_warehouses"),
)
def create_warehouse(caller: KeyCaller, body: WarehouseRequest) -> Warehouse:
    """Make a warehouse."""
    made = manage_warehouses.create_warehouse(
        caller.business_id, WarehouseCommand(name=body.name, address=body.address.model_dump())
    )
    return _warehouse(warehouses.get_warehouse(caller.business_id, made))


@v1.get("/warehouses/{warehouse_id}", answer=Warehouse, permission="products.read", tag="Shipping")
def get_warehouse(caller: KeyCaller, warehouse_id: str) -> Warehouse:
    """Get a warehouse."""
    return _warehouse(warehouses.get_warehouse(caller.business_id, parse("whs", warehouse_id)))


@v1.patch(
    "/warehouses/{warehouse_id}",
    body=WarehouseChange,
    answer=Warehouse,
    permission="products.write",
    tag="Shipping",
    errors=("invalid_warehouse", "invalid_shipping_address", "warehouse_name_taken"),
)
def change_warehouse(caller: KeyCaller, warehouse_id: str, body: WarehouseChange) -> Warehouse:
    """Change a warehouse."""
    now = warehouses.get_warehouse(caller.business_id, parse("whs", warehouse_id))
    address = body.address.model_dump() if body.address is not None else now.address
    command = WarehouseCommand(name=body.name or now.name, address=address)
    manage_warehouses.change_warehouse(caller.business_id, now.id, command)
    return _warehouse(warehouses.get_warehouse(caller.business_id, now.id))


@v1.post("/warehouses/{warehouse_id}/archive", answer=Warehouse, permission="products.write", tag="Shipping")
def archive_warehouse(caller: KeyCaller, warehouse_id: str) -> Warehouse:
    """Archive a warehouse.

    No new parcel leaves from it. Parcels that were packed keep it.
    """
    row_id = parse("whs", warehouse_id)
    manage_warehouses.archive_warehouse(caller.business_id, row_id)
    return _warehouse(warehouses.get_warehouse(caller.business_id, row_id))


@v1.post("/warehouses/{warehouse_id}/restore", answer=Warehouse, permission="products.write", tag="Shipping")
def restore_warehouse(caller: KeyCaller, warehouse_id: str) -> Warehouse:
    """Use an archived warehouse again."""
    row_id = parse("whs", warehouse_id)
    manage_warehouses.archive_warehouse(caller.business_id, row_id, archived=False)
    return _warehouse(warehouses.get_warehouse(caller.business_id, row_id))


def _warehouse(row: warehouses.WarehouseRow) -> Warehouse:
    return Warehouse(
        id=show("whs", row.id),
        name=row.name,
        address=AddressAnswer(**row.address),
        archived_at=moment_text(row.archived_at),
        created_at=moment_text(row.created_at),
    )
