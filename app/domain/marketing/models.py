"""Tables of the marketing noun."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.models import Tenant, tenant_key


class Promotion(Tenant, Base):
    """One promotion as types.Rule says it; `benefit` and `scope` are written by codec. It never changes but in its
    status; `uses` and `spent_minor` are counted only when it has limits."""

    __tablename__ = "promotions"
    __table_args__ = (
        CheckConstraint("status IN ('draft', 'active', 'paused', 'ended')", name="status"),
        CheckConstraint("uses >= 0 AND (max_uses IS NULL OR uses <= max_uses)", name="uses"),
        CheckConstraint("spent_minor >= 0 AND (budget_minor IS NULL OR spent_minor <= budget_minor)", name="budget"),
        Index("ix_promotions_status", "business_id", "status", "created_at"),
    )

    name: Mapped[str]
    status: Mapped[str] = mapped_column(default="draft")
    version: Mapped[int] = mapped_column(Integer, default=1)
    kind: Mapped[str]
    benefit: Mapped[dict[str, Any]]
    scope: Mapped[dict[str, Any]] = mapped_column(default=dict)
    currency: Mapped[str | None]
    buyer_groups: Mapped[list[Any]] = mapped_column(default=list)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    minimum_minor: Mapped[int] = mapped_column(default=0)
    priority: Mapped[int] = mapped_column(Integer, default=0)
    exclusive: Mapped[bool] = mapped_column(Boolean, default=False)
    exclusion_group: Mapped[str | None]
    budget_minor: Mapped[int | None]
    max_uses: Mapped[int | None]
    max_uses_per_buyer: Mapped[int | None]
    max_discount_minor: Mapped[int | None]
    uses: Mapped[int] = mapped_column(default=0)
    spent_minor: Mapped[int] = mapped_column(default=0)


class PromotionUse(Tenant, Base):
    """What a promotion gave with one order, and how; given back when the order is closed unpaid."""

    __tablename__ = "promotion_uses"
    __table_args__ = (
        tenant_key("promotions", "promotion_id"),
        tenant_key("orders", "order_id"),
        CheckConstraint("spent_minor > 0", name="spent"),
        Index("uq_promotion_uses_order", "business_id", "order_id", "promotion_id", unique=True),
        Index("ix_promotion_uses_buyer", "business_id", "promotion_id", "buyer_reference"),
    )

    promotion_id: Mapped[uuid.UUID]
    order_id: Mapped[uuid.UUID]
    buyer_reference: Mapped[str]
    name: Mapped[str]
    explanation: Mapped[str]
    spent_minor: Mapped[int]
    released: Mapped[bool] = mapped_column(Boolean, default=False)
