"""Tables of the settings of a business."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import BusinessRows
from app.core.db.models import Tenant


class SettingsVersion(Tenant, Base):
    """One change of settings. `changes` has, by key, what was `before` and `after`; `restored_number` is the version
    that was put back by it."""

    __tablename__ = "settings_versions"
    noun = "version of the settings"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        CheckConstraint("number > 0 AND changes <> '{}'::jsonb", name="change"),
        CheckConstraint("restored_number < number", name="restored"),
        Index("uq_settings_versions_number", "business_id", "number", unique=True),
        Index("ix_settings_versions_created", "business_id", "created_at", "id"),
    )

    number: Mapped[int] = mapped_column(Integer)
    actor: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    changes: Mapped[dict[str, Any]]
    restored_number: Mapped[int | None] = mapped_column(Integer, default=None)
