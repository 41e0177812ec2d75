"""The table of test clocks."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant


class TestClock(Tenant, Base):
    """The clock of a test business: its time is `ahead_ms` milliseconds ahead of everybody's, and goes on with it.
    While it advances to `target_at`, `claimed_by` works on that until `claimed_until`, having done so many
    `steps` since `requested_at`; all three moments of the work itself are everybody's. `error` is why it stopped."""

    __tablename__ = "test_clocks"
    __test__ = False  # no test, whatever pytest makes of its name
    noun = "test clock"
    guard = BusinessRows(
        audit=Audit(ignored=("ahead_ms", "steps", "claimed_by", "claimed_until")), prunable=True, findable=True
    )
    __table_args__ = (
        CheckConstraint("status IN ('ready', 'advancing', 'internal_failure')", name="status"),
        CheckConstraint("ahead_ms >= 0", name="ahead"),
        CheckConstraint("(status = 'ready') = (target_at IS NULL)", name="target"),
        CheckConstraint("(target_at IS NULL) = (requested_at IS NULL)", name="requested"),
        CheckConstraint("(status = 'internal_failure') = (error <> '')", name="error"),
        Index("uq_test_clocks_business", "business_id", unique=True),
        Index("ix_test_clocks_advancing", "business_id", postgresql_where="status = 'advancing'"),
    )

    status: Mapped[str] = mapped_column(default="ready")
    version: Mapped[int] = mapped_column(Integer, default=1)
    ahead_ms: Mapped[int] = mapped_column(default=0)
    target_at: Mapped[datetime | None] = mapped_column(default=None)
    requested_at: Mapped[datetime | None] = mapped_column(default=None)
    steps: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str] = mapped_column(default="")
    claimed_by: Mapped[uuid.UUID | None] = mapped_column(default=None)
    claimed_until: Mapped[datetime | None] = mapped_column(default=None)
