"""Inbound events, and deliveries that a merchant's system took on and has not done yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_MOMENTS = ("accepted_at", "promised_at", "progress_at")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in _MOMENTS:
        op.add_column("deliveries", sa.Column(name, sa.DateTime(timezone=True)))
    op.add_column("deliveries", sa.Column("chase_count", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("deliveries", sa.Column("progress", sa.Text()))
    op.create_check_constraint("accepted", "deliveries", "(accepted_at IS NULL) = (promised_at IS NULL)")
    op.create_table(
        "inbound_events",
        *tenant_columns(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("replay_count", sa.Integer(), nullable=False),
        sa.Column("replayed_at", sa.DateTime(timezone=True)),
        sa.Column("replayed_by", sa.Text()),
        sa.CheckConstraint("verdict IN ('applied', 'ignored')", name="verdict"),
        sa.CheckConstraint("replay_count >= 0 AND (replay_count > 0) = (replayed_at IS NOT NULL)", name="replayed"),
        sa.Index("uq_inbound_events_external", "business_id", "kind", "subject_id", "external_id", unique=True),
        sa.Index("ix_inbound_events_created", "business_id", "created_at", "id"),
    )
    for statement in guards.of(Base, "inbound_events"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("inbound_events")
    for name in (*_MOMENTS, "chase_count", "progress"):
        op.drop_column("deliveries", name)
