"""Table of what the breakers of channel accounts did."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import BusinessRows
from app.core.db.models import Tenant, tenant_key


class BreakerChange(Tenant, Base):
    """An account's breaker for one operation went from one state to another. Append-only."""

    __tablename__ = "breaker_changes"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        tenant_key("channel_accounts", "channel_account_id"),
        CheckConstraint("after IN ('closed', 'open', 'half_open')", name="after"),
        Index("ix_breaker_changes_created", "business_id", "created_at", "id"),
        Index("ix_breaker_changes_account", "business_id", "channel_account_id", "created_at"),
    )

    channel_account_id: Mapped[uuid.UUID]
    operation: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    # Calls within the window that made the change, and for how long an open one pauses.
    successes: Mapped[int] = mapped_column(Integer)
    failures: Mapped[int] = mapped_column(Integer)
    pause_s: Mapped[int] = mapped_column(Integer)
