"""Tables of the fulfilment noun."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.models import Tenant, tenant_key


class Delivery(Tenant, Base):
    """Handing over one order line; its id follows from the line, so it exists once."""

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'delivered', 'failed', 'revoked')", name="status"),
        Index("uq_deliveries_line", "business_id", "line_id", unique=True),
        Index("ix_deliveries_order", "business_id", "order_id"),
    )

    order_id: Mapped[uuid.UUID]
    line_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(default="pending")
    version: Mapped[int] = mapped_column(Integer, default=1)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None]
    delivered_at: Mapped[datetime | None]


class Entitlement(Tenant, Base):
    """Membership time of one buyer for one product; times bought one after another follow each other."""

    __tablename__ = "entitlements"
    __table_args__ = (
        tenant_key("deliveries", "delivery_id"),
        CheckConstraint("status IN ('active', 'revoked')", name="status"),
        CheckConstraint("ends_at > starts_at", name="span"),
        Index("uq_entitlements_delivery", "business_id", "delivery_id", unique=True),
        Index("ix_entitlements_buyer", "business_id", "buyer_reference", "product_id", "ends_at"),
    )

    delivery_id: Mapped[uuid.UUID]
    buyer_reference: Mapped[str]
    product_id: Mapped[uuid.UUID]
    status: Mapped[str] = mapped_column(default="active")
    version: Mapped[int] = mapped_column(Integer, default=1)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
