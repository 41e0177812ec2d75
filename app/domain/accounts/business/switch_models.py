"""The table of switches of the whole installation."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import SharedRows
from app.core.ids import new_id


class InstallationSwitch(Base):
    """Something that is switched off in every business, from `created_at` until it ends or expires; rows stay, as the
    history of who did so and why."""

    __tablename__ = "installation_switches"
    guard = SharedRows(seen="current_business IS NOT NULL", audit=None)
    __table_args__ = (
        CheckConstraint(
            "kind IN ('orders_later', 'portal_read_only', 'exports_off', 'webhooks_deferred')", name="kind"
        ),
        CheckConstraint("expires_at > created_at AND expires_at <= created_at + interval '7 days'", name="expires"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        CheckConstraint("reason <> ''", name="reason"),
        Index("uq_installation_switches_kind", "kind", unique=True, postgresql_where="ended_at IS NULL"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    reason: Mapped[str]
    set_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_by: Mapped[str | None] = mapped_column(default=None)
