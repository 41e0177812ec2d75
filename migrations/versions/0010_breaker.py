"""The history of breakers, and exchanges by time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "breaker_changes",
        sa.Column("channel_account_id", sa.UUID(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("pause_s", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("after IN ('closed', 'open', 'half_open')", name=op.f("ck_breaker_changes_after")),
        sa.ForeignKeyConstraint(
            ["business_id", "channel_account_id"],
            ["channel_accounts.business_id", "channel_accounts.id"],
            name=op.f("fk_breaker_changes_business_id_channel_account_id"),
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_breaker_changes")),
    )
    op.create_index("ix_breaker_changes_created", "breaker_changes", ["business_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_breaker_changes_account",
        "breaker_changes",
        ["business_id", "channel_account_id", "created_at"],
        unique=False,
    )
    op.create_index("ix_channel_exchanges_created", "channel_exchanges", ["business_id", "created_at"], unique=False)
    for statement in guards.tenant_table("breaker_changes", append_only=True):
        op.execute(statement)


def downgrade() -> None:
    op.drop_index("ix_channel_exchanges_created", table_name="channel_exchanges")
    op.drop_table("breaker_changes")
