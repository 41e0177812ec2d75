"""Adjustments of the ledger, and reversals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "adjustments",
        *tenant_columns(),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.Column("settlement_id", sa.UUID()),
        sa.Column("original_id", sa.UUID()),
        sa.Column("document_key", sa.Text()),
        sa.Column("document_name", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("journal_id", sa.UUID()),
        tenant_key("settlements", "settlement_id"),
        tenant_key("adjustments", "original_id"),
        tenant_key("ledger_journals", "journal_id"),
        sa.CheckConstraint("status IN ('requested', 'posted', 'rejected', 'reversed')", name="status"),
        sa.CheckConstraint("jsonb_array_length(lines) BETWEEN 2 AND 20", name="lines"),
        sa.CheckConstraint("settlement_id IS NULL OR original_id IS NULL", name="reverses"),
        sa.CheckConstraint("(status IN ('posted', 'reversed')) = (journal_id IS NOT NULL)", name="journal"),
        sa.CheckConstraint("(status = 'requested') = (decided_by IS NULL)", name="decided"),
        sa.CheckConstraint("(document_key IS NULL) = (document_name = '')", name="document"),
        *(
            sa.Index(
                f"uq_adjustments_{name}",
                "business_id",
                name,
                unique=True,
                postgresql_where=sa.text("status <> 'rejected'"),
            )
            for name in ("settlement_id", "original_id")
        ),
        sa.Index("ix_adjustments_created", "business_id", "created_at", "id"),
        sa.Index("ix_adjustments_status", "business_id", "status", "created_at", "id"),
    )
    for statement in guards.of(Base, "adjustments"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("adjustments")
