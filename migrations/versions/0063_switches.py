"""Operators switch parts off for a while: in a business, or in the whole installation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards

revision = "0063"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("businesses", sa.Column("switches", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.create_table(
        "installation_switches",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Text()),
        sa.CheckConstraint(
            "kind IN ('orders_later', 'portal_read_only', 'exports_off', 'webhooks_deferred')", name="kind"
        ),
        sa.CheckConstraint("expires_at > created_at AND expires_at <= created_at + interval '7 days'", name="expires"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        sa.CheckConstraint("reason <> ''", name="reason"),
        sa.Index("uq_installation_switches_kind", "kind", unique=True, postgresql_where=sa.text("ended_at IS NULL")),
    )
    for statement in guards.of(Base, "installation_switches"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("installation_switches")
    op.drop_column("businesses", "switches")
