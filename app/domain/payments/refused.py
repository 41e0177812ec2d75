"""Tables of notices that were refused: anybody may send one, so little of each is kept, of few, and not for long."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from app.core.db import Base
from app.core.db.guards import BusinessRows
from app.core.db.models import Tenant

MAX_STORED_BYTES = 1024


class RefusedNotice(Tenant, Base):
    """One that was refused, with its hash, its length and its beginning. `address` is the client's network."""

    __tablename__ = "refused_notices"
    guard = BusinessRows(audit=None, prunable=True)
    __table_args__ = (
        CheckConstraint(f"octet_length(beginning) <= {MAX_STORED_BYTES}", name="beginning"),
        CheckConstraint("octet_length(body_sha256) = 32", name="body_sha256"),
        Index("ix_refused_notices_account", "business_id", "channel_account_id", "created_at"),
        Index("ix_refused_notices_age", "created_at", postgresql_using="brin"),
    )

    channel_account_id: Mapped[uuid.UUID]
    reason: Mapped[str]
    address: Mapped[str]
    body_sha256: Mapped[bytes]
    body_bytes: Mapped[int]
    beginning: Mapped[bytes]


class RefusedNoticeCount(Tenant, Base):
    """How many were refused at a channel account in an hour; `stored` of them have a row of their own."""

    __tablename__ = "refused_notice_counts"
    guard = BusinessRows(audit=None, prunable=True)
    __table_args__ = (
        UniqueConstraint("business_id", "channel_account_id", "hour", name="uq_refused_notice_counts_hour"),
        Index("ix_refused_notice_counts_hour", "hour"),
    )

    channel_account_id: Mapped[uuid.UUID]
    hour: Mapped[datetime]
    number: Mapped[int]
    stored: Mapped[int]
