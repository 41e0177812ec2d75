"""Mandates: contracts that payment companies charge. What a cancellation gives back, and what blocks a renewal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("plans", sa.Column("cancel_refund", sa.Text(), nullable=False, server_default="none"))
    op.add_column("plans", sa.Column("final_step", sa.Text(), nullable=False, server_default="end"))
    op.create_check_constraint("cancel_refund", "plans", "cancel_refund IN ('none', 'proportional', 'full')")
    op.create_check_constraint("final_step", "plans", "final_step IN ('end', 'pause')")
    op.add_column("contracts", sa.Column("channel_account_id", sa.UUID()))
    op.add_column("contracts", sa.Column("blocked_at", sa.DateTime(timezone=True)))
    op.add_column("contracts", sa.Column("blocked_code", sa.Text()))
    op.add_column("contracts", sa.Column("retries_over", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("contract_cycles", sa.Column("attempt_id", sa.UUID()))
    op.create_check_constraint("blocked", "contracts", "(blocked_at IS NULL) = (blocked_code IS NULL)")
    op.create_index(
        "ix_contracts_blocked",
        "contracts",
        ["business_id", "blocked_at"],
        postgresql_where=sa.text("blocked_at IS NOT NULL"),
    )
    op.create_table(
        "mandates",
        *tenant_columns(),
        sa.Column("contract_id", sa.UUID(), nullable=False),
        sa.Column("channel_account_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("scene", sa.Text(), nullable=False),
        sa.Column("largest_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("return_url", sa.Text(), nullable=False),
        sa.Column("contract_no", sa.Text()),
        sa.Column("action", postgresql.JSONB()),
        sa.Column("decline_code", sa.Text()),
        sa.Column("is_unclear", sa.Boolean(), nullable=False),
        sa.Column("poll_count", sa.Integer(), nullable=False),
        sa.Column("next_poll_at", sa.DateTime(timezone=True)),
        sa.Column("active_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        tenant_key("contracts", "contract_id"),
        tenant_key("channel_accounts", "channel_account_id"),
        sa.CheckConstraint("status IN ('pending', 'active', 'ending', 'ended', 'failed')", name="status"),
        sa.CheckConstraint("status <> 'active' OR (contract_no IS NOT NULL AND active_at IS NOT NULL)", name="active"),
        sa.CheckConstraint("(status IN ('ended', 'failed')) = (ended_at IS NOT NULL)", name="ended"),
        sa.CheckConstraint("ended_at IS NULL OR next_poll_at IS NULL", name="over"),
        sa.CheckConstraint("poll_count >= 0 AND largest_minor > 0", name="positive"),
        sa.Index("uq_mandates_contract", "business_id", "contract_id", unique=True),
        sa.Index("ix_mandates_number", "business_id", "channel_account_id", "contract_no"),
        sa.Index(
            "ix_mandates_poll",
            "next_poll_at",
            "business_id",
            postgresql_where=sa.text("next_poll_at IS NOT NULL"),
        ),
    )
    for statement in guards.of(Base, "mandates"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("mandates")
    op.drop_column("contract_cycles", "attempt_id")
    op.drop_index("ix_contracts_blocked", "contracts")
    for name in ("channel_account_id", "blocked_at", "blocked_code", "retries_over"):
        op.drop_column("contracts", name)
    for name in ("cancel_refund", "final_step"):
        op.drop_column("plans", name)
