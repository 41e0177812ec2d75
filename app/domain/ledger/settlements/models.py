"""Tables of bank accounts and settlements."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key
from app.core.money import MAX_MINOR


class BankAccount(Tenant, Base):
    """An account of the business at its bank, in one currency. `number` is sealed; `number_hint` is its end."""

    __tablename__ = "bank_accounts"
    noun = "bank account"
    guard = BusinessRows(audit=Audit(secret=("number",)))
    __table_args__ = (Index("ix_bank_accounts_created", "business_id", "created_at", "id"),)

    name: Mapped[str]
    holder: Mapped[str]
    bank_name: Mapped[str]
    currency: Mapped[str]
    number: Mapped[str]
    number_hint: Mapped[str]
    archived_at: Mapped[datetime | None] = mapped_column(default=None)


class Settlement(Tenant, Base):
    """What a payment company paid to a bank account (or, where `net_minor` is negative, collected from it): the
    payments it covers less the refunds and its fees. A second person confirms it, and only then it is in the ledger.
    `fee_source` says where its fees are booked: by itself, or by the company's daily bills."""

    __tablename__ = "settlements"
    noun = "settlement"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("channel_accounts", "channel_account_id"),
        tenant_key("bank_accounts", "bank_account_id"),
        tenant_key("ledger_journals", "journal_id"),
        CheckConstraint("status IN ('recorded', 'confirmed', 'rejected', 'reversed')", name="status"),
        CheckConstraint("net_minor = gross_minor - refund_minor - fee_minor", name="net"),
        CheckConstraint(
            f"gross_minor BETWEEN 0 AND {MAX_MINOR} AND refund_minor BETWEEN 0 AND {MAX_MINOR}"
            f" AND fee_minor BETWEEN 0 AND {MAX_MINOR} AND abs(net_minor) <= {MAX_MINOR}",
            name="amounts",
        ),
        CheckConstraint("gross_minor <> refund_minor OR fee_minor <> 0", name="something"),
        CheckConstraint("(status IN ('confirmed', 'reversed')) = (journal_id IS NOT NULL)", name="journal"),
        CheckConstraint("(status = 'recorded') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("fee_source IN ('settlement', 'bills')", name="fee_source"),
        # The company's document is booked once, unless it was a mistake.
        Index(
            "uq_settlements_reference",
            "business_id",
            "channel_account_id",
            "reference",
            unique=True,
            postgresql_where="status IN ('recorded', 'confirmed')",
        ),
        Index("ix_settlements_created", "business_id", "created_at", "id"),
        Index("ix_settlements_status", "business_id", "status", "created_at", "id"),
    )

    channel_account_id: Mapped[uuid.UUID]
    bank_account_id: Mapped[uuid.UUID]
    status: Mapped[str] = mapped_column(default="recorded")
    version: Mapped[int] = mapped_column(Integer, default=1)
    currency: Mapped[str]
    gross_minor: Mapped[int]
    refund_minor: Mapped[int]
    fee_minor: Mapped[int]
    net_minor: Mapped[int]
    fee_source: Mapped[str] = mapped_column(default="settlement")
    reference: Mapped[str]
    settled_on: Mapped[date] = mapped_column(Date)
    recorded_by: Mapped[str]
    decided_by: Mapped[str | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    journal_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
