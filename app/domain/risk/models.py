"""Tables of the risk noun."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant


class RiskEntry(Tenant, Base):
    """One value on one list. `value` is its normal form; `key` is the hash by which it is found."""

    __tablename__ = "risk_entries"
    noun = "list entry"
    guard = BusinessRows(audit=Audit(ignored=("key", "hits", "last_hit_at")), prunable=True)
    __table_args__ = (
        CheckConstraint("list_name IN ('allow', 'watch', 'block')", name="list_name"),
        CheckConstraint("kind IN ('buyer', 'email', 'email_domain', 'phone', 'address', 'device')", name="kind"),
        CheckConstraint("source IN ('portal', 'api', 'file')", name="source"),
        CheckConstraint("hits >= 0", name="hits"),
        Index("uq_risk_entries_key", "business_id", "key", "list_name", unique=True),
        Index("ix_risk_entries_created", "business_id", "created_at", "id"),
        Index("ix_risk_entries_value", "business_id", "value"),
    )

    list_name: Mapped[str]
    kind: Mapped[str]
    value: Mapped[str]
    key: Mapped[str]
    reason: Mapped[str]
    source: Mapped[str]
    added_by: Mapped[str]
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    hits: Mapped[int] = mapped_column(default=0)
    last_hit_at: Mapped[datetime | None] = mapped_column(default=None)
