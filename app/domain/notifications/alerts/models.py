"""Tables of the alerts noun."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant
from app.domain.notifications.alerts.types import FORMATS, AlertFacts

_FORMATS = ", ".join(f"'{each}'" for each in FORMATS)


class Alert(Tenant, Base):
    """Something that people should hear of, as long as it is so. `facts` is what its words are made of."""

    __tablename__ = "alerts"
    guard = BusinessRows(audit=None, prunable=True)
    __table_args__ = (
        Index("uq_alerts_open", "business_id", "kind", "subject_id", unique=True, postgresql_where="ended_at IS NULL"),
        Index("ix_alerts_created", "business_id", "created_at", "id"),
        Index("ix_alerts_subject", "business_id", "kind", "subject_id", "created_at"),
    )

    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    facts: Mapped[AlertFacts] = mapped_column(JSONB)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class AlertPreference(Tenant, Base):
    """What one person wants of a business's alerts: `mailed` kinds (None: those of their role), how far they have read,
    and how far they were written to."""

    __tablename__ = "alert_preferences"
    guard = BusinessRows(audit=None, prunable=True)
    __table_args__ = (Index("uq_alert_preferences_user", "business_id", "user_id", unique=True),)

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    mailed: Mapped[list[Any] | None] = mapped_column(default=None)
    seen_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    mailed_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    mailed_at: Mapped[datetime | None] = mapped_column(default=None)


class AlertChat(Tenant, Base):
    """A chat that alerts are put into. Whoever has its address can write into the chat, so `secrets` holds it
    encrypted; `hint` is what is shown of it."""

    __tablename__ = "alert_chats"
    noun = "chat"
    guard = BusinessRows(
        audit=Audit(
            secret=("secrets",), ignored=("notified_id", "next_attempt_at", "failures", "error", "notified_at")
        ),
        prunable=True,
    )
    __table_args__ = (
        CheckConstraint(f"format IN ({_FORMATS})", name="format"),
        Index("ix_alert_chats_created", "business_id", "created_at", "id"),
    )

    name: Mapped[str]
    format: Mapped[str]
    hint: Mapped[str]
    secrets: Mapped[dict[str, Any]]
    kinds: Mapped[list[Any]]
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    notified_id: Mapped[uuid.UUID]
    next_attempt_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(default=None)
    notified_at: Mapped[datetime | None] = mapped_column(default=None)
