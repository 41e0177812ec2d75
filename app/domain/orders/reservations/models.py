"""Tables of the reservations noun."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import BusinessRows
from app.core.db.models import Tenant, tenant_key


class Reservation(Tenant, Base):
    """Something held for one order until it is paid or closed. A wallet's share names the attempt it stands beside, the
    journal that holds it, and its attempt once confirmed (`wallet_attempt_id`). Of units that the merchant's
    own system keeps, that system is told (again) at `next_attempt_at`, until what is wanted is known to be so."""

    __tablename__ = "reservations"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("orders", "order_id"),
        CheckConstraint("kind IN ('wallet', 'remote')", name="kind"),
        CheckConstraint("status IN ('reserving', 'reserved', 'confirmed', 'cancelled', 'stuck')", name="status"),
        CheckConstraint("target IN ('reserve', 'extend', 'confirm', 'cancel')", name="target"),
        CheckConstraint(
            "kind <> 'wallet' OR (amount_minor > 0 AND currency IS NOT NULL AND journal_id IS NOT NULL"
            " AND attempt_id IS NOT NULL AND wallet_attempt_id IS NOT NULL)",
            name="wallet",
        ),
        tenant_key("skus", "sku_id"),
        CheckConstraint(
            "kind <> 'remote' OR (sku_id IS NOT NULL AND line_id IS NOT NULL AND quantity > 0)", name="remote"
        ),
        # What is not finalised has a moment at which it is told again.
        CheckConstraint(
            "kind <> 'remote' OR (next_attempt_at IS NULL) = (status || ' ' || target IN"
            " ('reserved reserve', 'confirmed confirm', 'cancelled cancel'))",
            name="told",
        ),
        Index("ix_reservations_order", "business_id", "order_id"),
        # An order has one share of a wallet at a time.
        Index(
            "uq_reservations_wallet",
            "business_id",
            "order_id",
            unique=True,
            postgresql_where="kind = 'wallet' AND status IN ('reserving', 'reserved')",
        ),
        Index("ix_reservations_due", "business_id", "next_attempt_at", postgresql_where="next_attempt_at IS NOT NULL"),
        Index("ix_reservations_created", "business_id", "created_at", "id"),
    )

    kind: Mapped[str]
    order_id: Mapped[uuid.UUID]
    line_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    sku_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    quantity: Mapped[int | None] = mapped_column(Integer, default=None)
    attempt_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    wallet_attempt_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    journal_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    amount_minor: Mapped[int | None] = mapped_column(default=None)
    currency: Mapped[str | None] = mapped_column(default=None)
    status: Mapped[str] = mapped_column(default="reserving")
    version: Mapped[int] = mapped_column(Integer, default=1)
    target: Mapped[str] = mapped_column(default="reserve")
    expires_at: Mapped[datetime]
    attempt_count: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(default=None)
    error: Mapped[str | None] = mapped_column(default=None)
