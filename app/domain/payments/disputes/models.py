"""Tables of disputes."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key


class Dispute(Tenant, Base):
    """A buyer's dispute or complaint about a payment, as the company numbers it (`channel_ref`).

    `held_minor` is what the company has taken of the merchant's money until it decides, `lost_minor` what it kept,
    `fee_minor` what it charges for the dispute. `action` is what was decided here and the company has not confirmed:
    `submit` (the `evidence`) or `accept`. Without `attempt_id` the payment is none of ours, or not known yet.
    """

    __tablename__ = "disputes"
    noun = "dispute"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("channel_accounts", "channel_account_id"),
        tenant_key("payment_attempts", "attempt_id"),
        tenant_key("orders", "order_id"),
        CheckConstraint(
            "status IN ('needs_response', 'under_review', 'won', 'lost', 'partly_lost', 'accepted', 'closed')",
            name="status",
        ),
        CheckConstraint("kind IN ('dispute', 'complaint')", name="kind"),
        CheckConstraint("action IN ('submit', 'accept')", name="action"),
        CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name="money"),
        CheckConstraint("held_minor >= 0 AND lost_minor >= 0 AND fee_minor >= 0", name="amounts"),
        CheckConstraint("held_minor = 0 OR status IN ('needs_response', 'under_review')", name="held"),
        CheckConstraint("lost_minor = 0 OR status IN ('lost', 'partly_lost', 'accepted')", name="lost"),
        CheckConstraint("(decided_at IS NULL) = (status IN ('needs_response', 'under_review'))", name="decided"),
        Index("uq_disputes_number", "business_id", "channel_account_id", "channel_ref", unique=True),
        Index("ix_disputes_created", "business_id", "created_at", "id"),
        Index("ix_disputes_status", "business_id", "status", "created_at", "id"),
        Index("ix_disputes_order", "business_id", "order_id", postgresql_where="order_id IS NOT NULL"),
        Index("ix_disputes_attempt", "business_id", "attempt_id", postgresql_where="attempt_id IS NOT NULL"),
        Index("ix_disputes_poll", "next_poll_at", postgresql_where="next_poll_at IS NOT NULL"),
    )

    channel_account_id: Mapped[uuid.UUID]
    channel_ref: Mapped[str]
    attempt_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    order_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    kind: Mapped[str] = mapped_column(default="dispute")
    status: Mapped[str] = mapped_column(default="needs_response")
    version: Mapped[int] = mapped_column(Integer, default=1)
    reason_code: Mapped[str] = mapped_column(default="")  # the company's word for it
    amount_minor: Mapped[int | None] = mapped_column(default=None)
    currency: Mapped[str | None] = mapped_column(default=None)
    held_minor: Mapped[int] = mapped_column(default=0)
    lost_minor: Mapped[int] = mapped_column(default=0)
    fee_minor: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(default=None)
    action: Mapped[str | None] = mapped_column(default=None)
    action_by: Mapped[str | None] = mapped_column(default=None)
    action_at: Mapped[datetime | None] = mapped_column(default=None)
    evidence: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    next_poll_at: Mapped[datetime | None] = mapped_column(default=None)
    poll_count: Mapped[int] = mapped_column(Integer, default=0)


class DisputeLine(Tenant, Base):
    """How much of one line of an order was lost with a dispute: clearing takes it back from the line's parties."""

    __tablename__ = "dispute_lines"
    noun = "line"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("disputes", "dispute_id"),
        tenant_key("order_lines", "line_id"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("uq_dispute_lines_line", "business_id", "dispute_id", "line_id", unique=True),
        Index("ix_dispute_lines_line", "business_id", "line_id"),
    )

    dispute_id: Mapped[uuid.UUID]
    line_id: Mapped[uuid.UUID]
    amount_minor: Mapped[int]
    currency: Mapped[str]
