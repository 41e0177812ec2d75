"""Table of adjustments."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key
from app.core.files.store import FileKey


class Adjustment(Tenant, Base):
    """A journal that somebody asks for, with its reason and a document. `lines` are objects of `kind`, `owner`,
    `currency` and `amount_minor` (+ debit, - credit). With `settlement_id` or `original_id` it reverses that one."""

    __tablename__ = "adjustments"
    noun = "adjustment"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("settlements", "settlement_id"),
        tenant_key("adjustments", "original_id"),
        tenant_key("ledger_journals", "journal_id"),
        CheckConstraint("status IN ('requested', 'posted', 'rejected', 'reversed')", name="status"),
        CheckConstraint("jsonb_array_length(lines) BETWEEN 2 AND 20", name="lines"),
        CheckConstraint("settlement_id IS NULL OR original_id IS NULL", name="reverses"),
        CheckConstraint("(status IN ('posted', 'reversed')) = (journal_id IS NOT NULL)", name="journal"),
        CheckConstraint("(status = 'requested') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(document_key IS NULL) = (document_name = '')", name="document"),
        # Something is reversed once.
        *(
            Index(f"uq_adjustments_{name}", "business_id", name, unique=True, postgresql_where="status <> 'rejected'")
            for name in ("settlement_id", "original_id")
        ),
        Index("ix_adjustments_created", "business_id", "created_at", "id"),
        Index("ix_adjustments_status", "business_id", "status", "created_at", "id"),
    )

    status: Mapped[str] = mapped_column(default="requested")
    version: Mapped[int] = mapped_column(Integer, default=1)
    reason: Mapped[str]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    settlement_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    original_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    document_key: Mapped[str | None] = mapped_column(FileKey, default=None)
    document_name: Mapped[str] = mapped_column(default="")
    requested_by: Mapped[str]
    decided_by: Mapped[str | None] = mapped_column(default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    journal_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
