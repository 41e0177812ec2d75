"""Tables of the identity noun."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base
from app.core.ids import new_id


class PortalSession(Base):
    """One browser in which a person is signed in. The browser holds a random token; here is its hash alone."""

    __tablename__ = "portal_sessions"
    __table_args__ = (
        Index("uq_portal_sessions_token", "token_hash", unique=True),
        Index("ix_portal_sessions_person", "person_id", "last_seen_at"),
        Index("ix_portal_sessions_seen", "last_seen_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("persons.id"))
    token_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    # When the person last proved who they are, by signing in or once more since.
    proved_at: Mapped[datetime] = mapped_column(default=now)
    address: Mapped[str]
    agent: Mapped[str]
