"""Tables of the privacy noun."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.models import Tenant


class Erasure(Tenant, Base):
    """One buyer who was forgotten, or is being so: until it is finished `subject_hash` lets whoever asks again go on
    with the same pseudonym. `rows` is how many were changed."""

    __tablename__ = "erasures"
    __table_args__ = (
        Index("ix_erasures_created", "business_id", "created_at", "id"),
        CheckConstraint("finished_at IS NULL OR subject_hash = ''", name="forgotten"),
    )

    pseudonym: Mapped[str]
    subject_hash: Mapped[str]
    reason: Mapped[str]
    asked_by: Mapped[str]
    rows: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
