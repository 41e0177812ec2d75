"""The table of sellers."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant


class Seller(Tenant, Base):
    """Somebody whose products the business sells. `reference` is what the merchant's own system calls them."""

    __tablename__ = "sellers"
    noun = "seller"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        CheckConstraint("status IN ('active', 'archived')", name="status"),
        Index("uq_sellers_reference", "business_id", "reference", unique=True),
        Index("ix_sellers_created", "business_id", "created_at", "id"),
        Index("ix_sellers_name", "business_id", "name"),
        Index("ix_sellers_email", "business_id", "email"),
    )

    reference: Mapped[str | None] = mapped_column(default=None)
    name: Mapped[str]
    legal_name: Mapped[str] = mapped_column(default="")
    email: Mapped[str | None] = mapped_column(default=None)
    phone: Mapped[str | None] = mapped_column(default=None)
    status: Mapped[str] = mapped_column(default="active")
    version: Mapped[int] = mapped_column(Integer, default=1)
