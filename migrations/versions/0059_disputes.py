"""Disputes: what buyers dispute at payment companies, and what of each line was lost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

_TABLES = ("disputes", "dispute_lines")
_OPEN = "('needs_response', 'under_review')"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "disputes",
        *tenant_columns(),
        sa.Column("channel_account_id", sa.UUID(), nullable=False),
        sa.Column("channel_ref", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.UUID()),
        sa.Column("order_id", sa.UUID()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("held_minor", sa.BigInteger(), nullable=False),
        sa.Column("lost_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("action", sa.Text()),
        sa.Column("action_by", sa.Text()),
        sa.Column("action_at", sa.DateTime(timezone=True)),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("next_poll_at", sa.DateTime(timezone=True)),
        sa.Column("poll_count", sa.Integer(), nullable=False),
        tenant_key("channel_accounts", "channel_account_id"),
        tenant_key("payment_attempts", "attempt_id"),
        tenant_key("orders", "order_id"),
        sa.CheckConstraint(
            "status IN ('needs_response', 'under_review', 'won', 'lost', 'partly_lost', 'accepted', 'closed')",
            name="status",
        ),
        sa.CheckConstraint("kind IN ('dispute', 'complaint')", name="kind"),
        sa.CheckConstraint("action IN ('submit', 'accept')", name="action"),
        sa.CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name="money"),
        sa.CheckConstraint("held_minor >= 0 AND lost_minor >= 0 AND fee_minor >= 0", name="amounts"),
        sa.CheckConstraint(f"held_minor = 0 OR status IN {_OPEN}", name="held"),
        sa.CheckConstraint("lost_minor = 0 OR status IN ('lost', 'partly_lost', 'accepted')", name="lost"),
        sa.CheckConstraint(f"(decided_at IS NULL) = (status IN {_OPEN})", name="decided"),
        sa.Index("uq_disputes_number", "business_id", "channel_account_id", "channel_ref", unique=True),
        sa.Index("ix_disputes_created", "business_id", "created_at", "id"),
        sa.Index("ix_disputes_status", "business_id", "status", "created_at", "id"),
        sa.Index("ix_disputes_order", "business_id", "order_id", postgresql_where=sa.text("order_id IS NOT NULL")),
        sa.Index(
            "ix_disputes_attempt", "business_id", "attempt_id", postgresql_where=sa.text("attempt_id IS NOT NULL")
        ),
        sa.Index("ix_disputes_poll", "next_poll_at", postgresql_where=sa.text("next_poll_at IS NOT NULL")),
    )
    op.create_table(
        "dispute_lines",
        *tenant_columns(),
        sa.Column("dispute_id", sa.UUID(), nullable=False),
        sa.Column("line_id", sa.UUID(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        tenant_key("disputes", "dispute_id"),
        tenant_key("order_lines", "line_id"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.Index("uq_dispute_lines_line", "business_id", "dispute_id", "line_id", unique=True),
        sa.Index("ix_dispute_lines_line", "business_id", "line_id"),
    )
    for table in _TABLES:
        for statement in guards.of(Base, table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
