"""Warehouses: made, changed, archived and used again."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from sqlalchemy import func, select

from app.core import clock, db
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.domain.fulfilment.parcels.models import Warehouse
from app.domain.orders.shipping import address_of

MAX_NAME, MAX_WAREHOUSES = 120, 200
warehouses = db.table(Warehouse)


@dataclass(frozen=True, kw_only=True)
class WarehouseCommand:
    """What a warehouse is called (once in a business), and where it is."""

    name: str
    address: Mapping[str, str]


def create_warehouse(
    business_id: uuid.UUID, command: WarehouseCommand, *, warehouse_id: uuid.UUID | None = None
) -> uuid.UUID:
    """A new warehouse; its id. The same `warehouse_id` again changes nothing.

    Raises:
        Invalid: a text cannot be. Conflict: another has the name, or there are MAX_WAREHOUSES.
    """
    values = _values(command)
    warehouse_id = warehouse_id or new_id()
    here = warehouses.c.business_id == business_id
    with db.phase("manage_warehouses.create", business_id):
        if db.scalar(select(warehouses.c.id).where(here, warehouses.c.id == warehouse_id)) is not None:
            return warehouse_id
        if (db.scalar(select(func.count()).select_from(warehouses).where(here)) or 0) >= MAX_WAREHOUSES:
            raise Conflict("too_many_warehouses", f"A business has at most {MAX_WAREHOUSES} warehouses.")
        added = db.new_row(Warehouse, id=warehouse_id, **values)
        db.write(added.on_conflict_do_nothing(), expect=1, otherwise=_taken())
    return warehouse_id


def change_warehouse(business_id: uuid.UUID, warehouse_id: uuid.UUID, command: WarehouseCommand) -> None:
    """Change its name or address.

    Raises:
        NotFound: no such warehouse. Invalid: a text cannot be. Conflict: another has the name.
    """
    values = _values(command)
    with db.phase("manage_warehouses.change", business_id):
        db.lock(Warehouse, warehouse_id)
        same = warehouses.c.business_id == business_id, warehouses.c.name == values["name"]
        if db.scalar(select(warehouses.c.id).where(*same, warehouses.c.id != warehouse_id)) is not None:
            raise _taken()
        db.write(db.change(Warehouse, warehouse_id, **values), expect=1)


def archive_warehouse(business_id: uuid.UUID, warehouse_id: uuid.UUID, *, archived: bool = True) -> None:
    """No new parcel leaves from it; or, if not `archived`, they do again. Parcels that were packed keep it.

    Raises:
        NotFound: no such warehouse.
    """
    with db.phase("manage_warehouses.archive", business_id):
        row = db.lock(Warehouse, warehouse_id)
        if (row.archived_at is not None) is not archived:
            db.write(db.change(Warehouse, warehouse_id, archived_at=clock.now() if archived else None), expect=1)


class _Values(TypedDict):
    name: str
    address: dict[str, str]


def _values(command: WarehouseCommand) -> _Values:
    name = command.name.strip()
    if not (0 < len(name) <= MAX_NAME and name.isprintable()):
        message = f"A name must have 1 to {MAX_NAME} characters."
        raise Invalid("invalid_warehouse", message, details={"param": "name"})
    return {"name": name, "address": address_of(command.address)}


def _taken() -> Conflict:
    return Conflict("warehouse_name_taken", "Another warehouse has this name.", details={"param": "name"})
