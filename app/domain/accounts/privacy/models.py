"""Tables of the privacy noun."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, here
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant


class Erasure(Tenant, Base):
    """One buyer who was erased, or is being so: until it is finished `ciphertext` holds who it is, encrypted, so that
    whoever goes on finds the rest. `rows` is how many were changed. `agreed` is who else said so: somebody who
    `approved` it, nobody because whoever asked is `alone` in the team, or nobody because an `operator` did it on the
    command line."""

    __tablename__ = "erasures"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        Index("ix_erasures_created", "business_id", "created_at", "id"),
        CheckConstraint("(finished_at IS NULL) = (ciphertext <> '{}'::jsonb)", name="forgotten"),
        CheckConstraint("agreed IN ('approved', 'alone', 'operator')", name="agreed"),
        CheckConstraint("(agreed = 'approved') = (approval_id IS NOT NULL)", name="approved"),
    )

    pseudonym: Mapped[str]
    ciphertext: Mapped[dict[str, Any]]
    reason: Mapped[str]
    requested_by: Mapped[str]
    agreed: Mapped[str]
    approval_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    rows: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)


class RetentionProgress(Base):
    """How far personal data was removed whose time is over: when it was last looked through from end to end (None:
    again as soon as may be), up to which moment of each kind, and how many rows changed in the last run."""

    __tablename__ = "retention_progress"
    guard = BusinessRows(audit=None)

    business_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=here)
    ran_at: Mapped[datetime | None] = mapped_column(default=None)
    through: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rows: Mapped[dict[str, Any]] = mapped_column(default=dict)
