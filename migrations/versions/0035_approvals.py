"""Approvals: much money takes two people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("businesses", sa.Column("approval_limits", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.alter_column("businesses", "approval_limits", server_default=None)
    op.create_table(
        "approvals",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=True),
        sa.Column("transaction_id", sa.UUID(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('refund', 'payout', 'withdrawal')", name=op.f("ck_approvals_kind")),
        sa.CheckConstraint(
            "status IN ('asked', 'approved', 'rejected', 'expired', 'done', 'failed')", name=op.f("ck_approvals_status")
        ),
        sa.CheckConstraint("decided_by IS DISTINCT FROM asked_by", name=op.f("ck_approvals_somebody_else")),
        sa.CheckConstraint(
            "(decided_by IS NOT NULL) = (status NOT IN ('asked', 'expired'))", name=op.f("ck_approvals_decided")
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_approvals")),
    )
    op.create_index("uq_approvals_transaction", "approvals", ["business_id", "transaction_id"], unique=True)
    op.create_index("ix_approvals_created", "approvals", ["business_id", "created_at", "id"])
    op.create_index(
        "ix_approvals_open",
        "approvals",
        ["business_id", "expires_at"],
        postgresql_where=sa.text("status IN ('asked', 'approved')"),
    )
    for statement in (*guards.tenant_table("approvals"), *guards.noted_table("approvals")):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("approvals")
    op.drop_column("businesses", "approval_limits")
