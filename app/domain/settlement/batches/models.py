"""Tables of settlement batches."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key
from app.core.money import MAX_MINOR


class SettlementBatch(Tenant, Base):
    """What a partner is owed by `entry_count` clearing entries up to `cut_off_at`, and by adjustments. Once closed it
    never changes: what is taken back later goes into a later batch. `transaction_id` is its newest payout, the
    `tries`-th. Its statement leads from `opening_minor`, where the one before in this currency ended, to
    `closing_minor`; `pending_minor` is what was cleared by then and is in no batch, so that both together are what the
    ledger owed the partner."""

    __tablename__ = "settlement_batches"
    noun = "settlement batch"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("partners", "partner_id"),
        tenant_key("approvals", "approval_id"),
        tenant_key("payment_transactions", "transaction_id"),
        CheckConstraint("status IN ('closed', 'approved', 'paying', 'paid', 'failed', 'returned')", name="status"),
        CheckConstraint(f"total_minor BETWEEN 1 AND {MAX_MINOR} AND entry_count >= 0", name="total"),
        CheckConstraint(
            "(status IN ('paying', 'paid', 'failed', 'returned')) <= (transaction_id IS NOT NULL)", name="transaction"
        ),
        CheckConstraint("(transaction_id IS NOT NULL) = (tries > 0)", name="tries"),
        Index("uq_settlement_batches_number", "business_id", "partner_id", "number", unique=True),
        Index(
            "uq_settlement_batches_transaction",
            "business_id",
            "transaction_id",
            unique=True,
            postgresql_where="transaction_id IS NOT NULL",
        ),
        Index("ix_settlement_batches_created", "business_id", "created_at", "id"),
        Index("ix_settlement_batches_status", "business_id", "status", "created_at", "id"),
    )

    partner_id: Mapped[uuid.UUID]
    number: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str]
    cut_off_at: Mapped[datetime]
    entry_count: Mapped[int] = mapped_column(Integer)
    total_minor: Mapped[int]
    opening_minor: Mapped[int]
    closing_minor: Mapped[int]
    pending_minor: Mapped[int]
    # What of it is kept for a while, and what was kept of earlier ones and is paid by it.
    reserve_kept_minor: Mapped[int] = mapped_column(default=0)
    reserve_returned_minor: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(default="closed")
    version: Mapped[int] = mapped_column(Integer, default=1)
    approval_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    transaction_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    tries: Mapped[int] = mapped_column(Integer, default=0)


class SettlementItem(Tenant, Base):
    """A clearing entry that is in a batch. Its id is the entry's, so that none is in two."""

    __tablename__ = "settlement_items"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        tenant_key("clearing_entries", "id"),
        tenant_key("settlement_batches", "batch_id"),
        Index("ix_settlement_items_batch", "business_id", "batch_id", "id"),
    )

    batch_id: Mapped[uuid.UUID]


class SettlementPosting(Tenant, Base):
    """A posting on the partner's account besides clearing that stands on the statement of a batch: an `adjustment`,
    which the batch pays, or a `payout` of an earlier one, or one that was `returned`. Its id is the ledger entry's, so
    that none is on two. `amount_minor` is signed, + for the partner; `subject_id` is the adjustment or the attempt."""

    __tablename__ = "settlement_postings"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        tenant_key("ledger_entries", "id"),
        tenant_key("settlement_batches", "batch_id"),
        CheckConstraint("kind IN ('adjustment', 'payout', 'returned')", name="kind"),
        Index("ix_settlement_postings_batch", "business_id", "batch_id", "id"),
    )

    batch_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    amount_minor: Mapped[int]
    posted_at: Mapped[datetime]
    subject_id: Mapped[uuid.UUID]


class SettlementReserve(Tenant, Base):
    """What a batch keeps back of what it settles. A batch whose cut-off is not before `due_at` returns it, once."""

    __tablename__ = "settlement_reserves"
    noun = "reserve"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("settlement_batches", "batch_id"),
        tenant_key("settlement_batches", "returned_in_id"),
        tenant_key("partners", "partner_id"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("uq_settlement_reserves_batch", "business_id", "batch_id", unique=True),
        Index("ix_settlement_reserves_returned", "business_id", "returned_in_id"),
        Index(
            "ix_settlement_reserves_kept",
            "business_id",
            "partner_id",
            "currency",
            "due_at",
            postgresql_where="returned_in_id IS NULL",
        ),
    )

    batch_id: Mapped[uuid.UUID]
    partner_id: Mapped[uuid.UUID]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    due_at: Mapped[datetime]
    returned_in_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
