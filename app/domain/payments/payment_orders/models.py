"""Tables of payment orders."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key


class PaymentOrder(Tenant, Base):
    """Withdrawals and payouts of one bank account and currency, for the bank in one file. A second person approves it
    before it can be downloaded."""

    __tablename__ = "payment_orders"
    noun = "payment order"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("channel_accounts", "channel_account_id"),
        CheckConstraint("status IN ('requested', 'approved', 'sent', 'completed', 'cancelled')", name="status"),
        CheckConstraint("format IN ('pain.001', 'csv')", name="format"),
        CheckConstraint("total_minor > 0 AND line_count > 0", name="total"),
        # Four eyes: whoever made it is not the one who approves it.
        CheckConstraint(
            "coalesce(approved_by <> created_by, false) OR status IN ('requested', 'cancelled')", name="second_person"
        ),
        Index("ix_payment_orders_created", "business_id", "created_at", "id"),
        Index("ix_payment_orders_status", "business_id", "status", "created_at", "id"),
    )

    channel_account_id: Mapped[uuid.UUID]
    status: Mapped[str] = mapped_column(default="requested")
    version: Mapped[int] = mapped_column(Integer, default=1)
    format: Mapped[str]
    currency: Mapped[str]
    total_minor: Mapped[int]
    line_count: Mapped[int] = mapped_column(Integer)
    execute_on: Mapped[date] = mapped_column(Date)
    created_by: Mapped[str]
    approved_by: Mapped[str | None] = mapped_column(default=None)
    approved_at: Mapped[datetime | None] = mapped_column(default=None)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)


class PaymentOrderLine(Tenant, Base):
    """One withdrawal or payout in a payment order. `reference` is what the bank calls it by (`EndToEndId`)."""

    __tablename__ = "payment_order_lines"
    noun = "line"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("payment_orders", "payment_order_id"),
        tenant_key("payment_attempts", "attempt_id"),
        CheckConstraint("status IN ('waiting', 'executed', 'rejected', 'returned', 'cancelled')", name="status"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("(status IN ('waiting', 'cancelled')) = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(status = 'returned') = (returned_by IS NOT NULL)", name="returned"),
        # Money is ordered once, unless the order was cancelled before anybody sent it.
        Index(
            "uq_payment_order_lines_attempt",
            "business_id",
            "attempt_id",
            unique=True,
            postgresql_where="status <> 'cancelled'",
        ),
        Index("ix_payment_order_lines_order", "business_id", "payment_order_id", "id"),
        Index("ix_payment_order_lines_reference", "business_id", "reference"),
    )

    payment_order_id: Mapped[uuid.UUID]
    attempt_id: Mapped[uuid.UUID]
    status: Mapped[str] = mapped_column(default="waiting")
    version: Mapped[int] = mapped_column(Integer, default=1)
    amount_minor: Mapped[int]
    currency: Mapped[str]
    reference: Mapped[str]
    # Who or which file said what became of it, and why; the same of money that came back later.
    decided_by: Mapped[str | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    bank_reason: Mapped[str] = mapped_column(default="")
    returned_by: Mapped[str | None] = mapped_column(default=None)
    returned_at: Mapped[datetime | None] = mapped_column(default=None)
    return_reason: Mapped[str] = mapped_column(default="")
