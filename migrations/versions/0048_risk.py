"""Risk: lists of buyers, mailboxes, phone numbers, addresses and devices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import Base, guards
from app.core.db.models import tenant_columns

revision = "0048"
down_revision = "0046"
branch_labels = None
depends_on = None

_TABLES = ("risk_entries",)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "risk_entries",
        *tenant_columns(),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.Column("last_hit_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("list_name IN ('allow', 'watch', 'block')", name="list_name"),
        sa.CheckConstraint("kind IN ('buyer', 'email', 'email_domain', 'phone', 'address', 'device')", name="kind"),
        sa.CheckConstraint("source IN ('portal', 'api', 'file')", name="source"),
        sa.CheckConstraint("hits >= 0", name="hits"),
        sa.Index("uq_risk_entries_key", "business_id", "key", "list_name", unique=True),
        sa.Index("ix_risk_entries_created", "business_id", "created_at", "id"),
        sa.Index("ix_risk_entries_value", "business_id", "value"),
    )
    for statement in guards.of(Base, *_TABLES):
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
