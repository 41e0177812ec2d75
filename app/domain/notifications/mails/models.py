"""Tables of the mails noun."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core import context
from app.core.clock import now
from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows, SystemRows
from app.core.db.models import Tenant, tenant_key
from app.core.ids import new_id
from app.domain.notifications.mails.types import CONTRACT_MAILS

_OF_CONTRACTS = ", ".join(f"'{kind}'" for kind in CONTRACT_MAILS)


class Mail(Tenant, Base):
    """One mail to a buyer, about `source_id`: the order, the transaction of a refund, a parcel, a code that proves a
    mailbox, or what happened to a contract; or to a partner, about the payout of a settlement batch. `details` is what
    it says, where no order does. It is sent (again) at `next_attempt_at`; an abandoned one may be discarded at
    `discarded_at`."""

    __tablename__ = "mails"
    guard = BusinessRows(
        audit=Audit(
            ignored=("next_attempt_at",), only="UPDATE", where="OLD.sent_at IS NULL AND OLD.next_attempt_at IS NULL"
        )
    )
    __table_args__ = (
        tenant_key("orders", "order_id"),
        CheckConstraint(f"kind IN ('receipt', 'refund', 'code', 'statement', 'parcel', {_OF_CONTRACTS})", name="kind"),
        CheckConstraint("(kind IN ('receipt', 'refund', 'parcel')) = (order_id IS NOT NULL)", name="order"),
        CheckConstraint("sent_at IS NULL OR next_attempt_at IS NULL", name="sent"),
        CheckConstraint("discarded_at IS NULL OR (sent_at IS NULL AND next_attempt_at IS NULL)", name="discarded"),
        Index("uq_mails_source", "business_id", "kind", "source_id", unique=True),
        Index("ix_mails_order", "business_id", "order_id"),
        Index(
            "ix_mails_abandoned",
            "business_id",
            "created_at",
            "id",
            postgresql_where="sent_at IS NULL AND next_attempt_at IS NULL AND discarded_at IS NULL",
        ),
        Index("ix_mails_due", "business_id", "next_attempt_at", postgresql_where="next_attempt_at IS NOT NULL"),
    )

    kind: Mapped[str]
    order_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    source_id: Mapped[uuid.UUID]
    recipient: Mapped[str]
    locale: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attempt_count: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(default=None)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    discarded_at: Mapped[datetime | None] = mapped_column(default=None)
    error: Mapped[str | None] = mapped_column(default=None)
    request_id: Mapped[uuid.UUID | None] = mapped_column(default=context.request)


class UserMail(Base):
    """One mail to somebody who works with the portal, or is asked to. It belongs to no business: a person may have
    several, or none yet. `details` is what its kind is written from
    (workflow/notifications/render_user_mail.py), and holds no
    secret: links are signed when it is sent."""

    __tablename__ = "user_mails"
    guard = SystemRows(post_box=True)
    __table_args__ = (
        CheckConstraint("sent_at IS NULL OR next_attempt_at IS NULL", name="sent"),
        Index("ix_user_mails_due", "next_attempt_at", postgresql_where="next_attempt_at IS NOT NULL"),
        Index("ix_user_mails_created", "created_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    recipient: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attempt_count: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(default=None)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    error: Mapped[str | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default=now)
