"""Tables of parcels and of the places that they leave from."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key


class Warehouse(Tenant, Base):
    """A place that parcels leave from. `address` is as `app.domain.orders.shipping` keeps one."""

    __tablename__ = "warehouses"
    noun = "warehouse"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        Index("uq_warehouses_name", "business_id", "name", unique=True),
        Index("ix_warehouses_created", "business_id", "created_at", "id"),
    )

    name: Mapped[str]
    address: Mapped[dict[str, str]] = mapped_column(JSONB)
    archived_at: Mapped[datetime | None] = mapped_column(default=None)


class Parcel(Tenant, Base):
    """One parcel of an order. `shipped_at` and `delivered_at` are when it left and arrived."""

    __tablename__ = "parcels"
    noun = "parcel"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("orders", "order_id"),
        tenant_key("warehouses", "warehouse_id"),
        CheckConstraint("status IN ('packed', 'shipped', 'delivered', 'lost', 'returned', 'cancelled')", name="status"),
        CheckConstraint("(shipped_at IS NULL) = (status IN ('packed', 'cancelled'))", name="shipped"),
        CheckConstraint(
            "(status <> 'delivered' OR delivered_at IS NOT NULL)"
            " AND (delivered_at IS NULL OR status IN ('delivered', 'returned'))",
            name="delivered",
        ),
        Index("ix_parcels_order", "business_id", "order_id"),
        Index("ix_parcels_created", "business_id", "created_at", "id"),
        Index("ix_parcels_tracking", "business_id", "tracking_number", postgresql_where="tracking_number <> ''"),
    )

    order_id: Mapped[uuid.UUID]
    warehouse_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    status: Mapped[str] = mapped_column(default="packed")
    version: Mapped[int] = mapped_column(Integer, default=1)
    carrier: Mapped[str] = mapped_column(default="")
    tracking_number: Mapped[str] = mapped_column(default="")
    shipped_at: Mapped[datetime | None] = mapped_column(default=None)
    delivered_at: Mapped[datetime | None] = mapped_column(default=None)


class ParcelLine(Tenant, Base):
    """How many units of an order line are in a parcel, by its delivery. Append-only."""

    __tablename__ = "parcel_lines"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        tenant_key("parcels", "parcel_id"),
        tenant_key("deliveries", "delivery_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index("uq_parcel_lines_delivery", "business_id", "parcel_id", "delivery_id", unique=True),
        Index("ix_parcel_lines_delivery", "business_id", "delivery_id"),
    )

    parcel_id: Mapped[uuid.UUID]
    delivery_id: Mapped[uuid.UUID]
    line_id: Mapped[uuid.UUID]
    quantity: Mapped[int] = mapped_column(Integer)
