"""Settings of a business have versions; refunds have a window and reasons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("businesses", sa.Column("refund_window_days", sa.Integer()))
    op.add_column("businesses", sa.Column("refund_reasons", postgresql.JSONB(), nullable=False, server_default="[]"))
    op.create_table(
        "settings_versions",
        *tenant_columns(),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.Column("restored_number", sa.Integer()),
        sa.CheckConstraint("number > 0 AND changes <> '{}'::jsonb", name="change"),
        sa.CheckConstraint("restored_number < number", name="restored"),
        sa.Index("uq_settings_versions_number", "business_id", "number", unique=True),
        sa.Index("ix_settings_versions_created", "business_id", "created_at", "id"),
    )
    for statement in guards.of(Base, "settings_versions"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("settings_versions")
    for column in ("refund_reasons", "refund_window_days"):
        op.drop_column("businesses", column)
