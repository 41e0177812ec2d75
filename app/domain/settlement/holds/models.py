"""The table of settlement holds."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key


class SettlementHold(Tenant, Base):
    """Nothing that it is about is settled or paid until it is released: of a partner, of an order (one partner's part
    of it, with both), or of a line of the order. `held_at` is when the partners it is about were locked."""

    __tablename__ = "settlement_holds"
    noun = "hold"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("partners", "partner_id"),
        tenant_key("orders", "order_id"),
        tenant_key("order_lines", "line_id"),
        CheckConstraint("status IN ('held', 'released')", name="status"),
        CheckConstraint("(status = 'released') = (released_at IS NOT NULL)", name="released"),
        CheckConstraint(
            "num_nonnulls(partner_id, order_id) > 0 AND (line_id IS NULL OR order_id IS NOT NULL)", name="on"
        ),
        # One hold of the same thing at a time.
        Index(
            "uq_settlement_holds_held",
            "business_id",
            "partner_id",
            "order_id",
            "line_id",
            unique=True,
            postgresql_where="status = 'held'",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_settlement_holds_created", "business_id", "created_at", "id"),
        Index("ix_settlement_holds_status", "business_id", "status", "created_at", "id"),
    )

    partner_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    order_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    line_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    reason: Mapped[str]
    held_by: Mapped[str]
    held_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="held")
    version: Mapped[int] = mapped_column(Integer, default=1)
    released_by: Mapped[str | None] = mapped_column(default=None)
    released_at: Mapped[datetime | None] = mapped_column(default=None)
    release_reason: Mapped[str] = mapped_column(default="")
