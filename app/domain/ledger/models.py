"""Tables of the ledger; the database refuses UPDATE, DELETE and TRUNCATE on journals and entries."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.models import Tenant, tenant_key


class LedgerAccount(Tenant, Base):
    """One account: `kind` from rules.ACCOUNT_KINDS, `owner` names what it belongs to within the kind."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (Index("uq_ledger_accounts_owner", "business_id", "kind", "owner", "currency", unique=True),)

    kind: Mapped[str]
    owner: Mapped[str]
    currency: Mapped[str]


class LedgerJournal(Tenant, Base):
    """One booking; a posted or voided one may resolve a pending one, which is resolved only once."""

    __tablename__ = "ledger_journals"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'posted', 'voided')", name="state"),
        CheckConstraint("state <> 'pending' OR pending_id IS NULL", name="pending"),
        CheckConstraint("state <> 'voided' OR pending_id IS NOT NULL", name="voided"),
        tenant_key("ledger_journals", "pending_id"),
        Index(
            "uq_ledger_journals_resolved",
            "business_id",
            "pending_id",
            unique=True,
            postgresql_where="pending_id IS NOT NULL",
        ),
        Index("ix_ledger_journals_subject", "business_id", "subject_id"),
        Index("ix_ledger_journals_order", "business_id", "order_id"),
    )

    template: Mapped[str]
    state: Mapped[str]
    pending_id: Mapped[uuid.UUID | None]
    subject_id: Mapped[uuid.UUID]
    order_id: Mapped[uuid.UUID | None]
    memo: Mapped[str] = mapped_column(default="")


class LedgerEntry(Tenant, Base):
    """One signed amount on one account: + debit, - credit."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        tenant_key("ledger_journals", "journal_id"),
        tenant_key("ledger_accounts", "account_id"),
        CheckConstraint("layer IN ('pending', 'posted')", name="layer"),
        CheckConstraint("amount_minor <> 0", name="amount"),
        Index("ix_ledger_entries_account", "business_id", "account_id", "id"),
        Index("ix_ledger_entries_journal", "business_id", "journal_id"),
    )

    journal_id: Mapped[uuid.UUID]
    account_id: Mapped[uuid.UUID]
    layer: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
