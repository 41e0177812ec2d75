"""Warehouses: one, all of them, and those to choose from."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from app.core import db, ids
from app.core.paging import After, newest_first
from app.domain.fulfilment.parcels.models import Warehouse

WarehouseRow = Warehouse  # for those who show one
PAGE, MAX_CHOICES = 50, 200
warehouses = db.table(Warehouse)


def get_warehouse(business_id: uuid.UUID, warehouse_id: uuid.UUID) -> Warehouse:
    """One warehouse.

    Raises:
        NotFound: the business has no such warehouse.
    """
    with db.reading(business_id):
        return db.get(Warehouse, warehouse_id)


def list_warehouses(business_id: uuid.UUID, *, after: After, limit: int = PAGE) -> Sequence[Warehouse]:
    """Warehouses, newest first, one more than `limit`."""
    query = select(warehouses).where(warehouses.c.business_id == business_id)
    with db.reading(business_id):
        return db.rows(newest_first(query, warehouses, after, limit))


def warehouse_choices(business_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    """Warehouses in use to choose from as (id as shown, name), by name."""
    query = select(warehouses).where(warehouses.c.business_id == business_id, warehouses.c.archived_at.is_(None))
    with db.reading(business_id):
        found = db.rows(query.order_by(warehouses.c.name, warehouses.c.id).limit(MAX_CHOICES))
    return [(ids.show("whs", row.id), row.name) for row in found]
