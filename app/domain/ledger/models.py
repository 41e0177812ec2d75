"""Tables of the ledger; the database refuses UPDATE, DELETE and TRUNCATE on journals and entries."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, here
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key
from app.core.money import MAX_MINOR


class LedgerAccount(Tenant, Base):
    """One account: `kind` from rules.ACCOUNT_KINDS, `owner` names what it belongs to within the kind."""

    __tablename__ = "ledger_accounts"
    guard = BusinessRows(audit=None)
    __table_args__ = (Index("uq_ledger_accounts_owner", "business_id", "kind", "owner", "currency", unique=True),)

    kind: Mapped[str]
    owner: Mapped[str]
    currency: Mapped[str]


class LedgerJournal(Tenant, Base):
    """One posting; a posted or voided one may resolve a pending one, which is resolved only once."""

    __tablename__ = "ledger_journals"
    guard = BusinessRows(audit=None, append_only=True)
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
        Index("ix_ledger_journals_created", "business_id", "created_at", "id"),
    )

    template: Mapped[str]
    state: Mapped[str]
    pending_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    subject_id: Mapped[uuid.UUID]
    order_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    memo: Mapped[str] = mapped_column(default="")


class LedgerEntry(Tenant, Base):
    """One signed amount on one account: + debit, - credit."""

    __tablename__ = "ledger_entries"
    guard = BusinessRows(audit=None, append_only=True)
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


class LedgerSnapshot(Base):
    """What an account came to with one of its entries, the `number`-th: sums as in `LedgerEntry.amount_minor`, `held`
    of what is undecided. `latest_at` is when the latest of the postings up to it was made."""

    __tablename__ = "ledger_snapshots"
    guard = BusinessRows(audit=None, prunable=True)
    __table_args__ = (
        tenant_key("ledger_accounts", "account_id"),
        tenant_key("ledger_entries", "entry_id"),
        CheckConstraint("number > 0", name="number"),
    )

    business_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=here)
    account_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    posted_minor: Mapped[int]
    held_minor: Mapped[int]
    latest_at: Mapped[datetime]


class WalletHold(Tenant, Base):
    """Money of a wallet that nobody may spend until it is released. `left_minor` is what is still held, held by the
    pending journal `journal_id`."""

    __tablename__ = "wallet_holds"
    noun = "hold"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("ledger_journals", "journal_id"),
        CheckConstraint("status IN ('active', 'released')", name="status"),
        CheckConstraint(f"amount_minor BETWEEN 1 AND {MAX_MINOR}", name="amount"),
        CheckConstraint("left_minor BETWEEN 0 AND amount_minor", name="left"),
        CheckConstraint("(status = 'released') = (left_minor = 0)", name="released"),
        Index("ix_wallet_holds_buyer", "business_id", "buyer_reference", "created_at"),
        Index("ix_wallet_holds_created", "business_id", "created_at", "id"),
    )

    status: Mapped[str] = mapped_column(default="active")
    version: Mapped[int] = mapped_column(Integer, default=1)
    buyer_reference: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    left_minor: Mapped[int]
    reason: Mapped[str]
    actor: Mapped[str]
    journal_id: Mapped[uuid.UUID]
    released_at: Mapped[datetime | None] = mapped_column(default=None)


class HoldRelease(Tenant, Base):
    """A part of a hold that was released. Append-only."""

    __tablename__ = "hold_releases"
    guard = BusinessRows(audit=Audit(), append_only=True)
    __table_args__ = (
        tenant_key("wallet_holds", "hold_id"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_hold_releases_hold", "business_id", "hold_id"),
    )

    hold_id: Mapped[uuid.UUID]
    amount_minor: Mapped[int]
    reason: Mapped[str]
    actor: Mapped[str]
