"""Mails to buyers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mails",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "recipient", "locale")),
        *(sa.Column(name, sa.UUID(), nullable=False) for name in ("order_id", "source_id", "business_id", "id")),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in ("next_try_at", "sent_at")),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_mails")),
        sa.ForeignKeyConstraint(
            ["business_id", "order_id"], ["orders.business_id", "orders.id"], name=op.f("fk_mails_business_id_order_id")
        ),
        sa.CheckConstraint("kind IN ('receipt', 'refund')", name=op.f("ck_mails_kind")),
        sa.CheckConstraint("sent_at IS NULL OR next_try_at IS NULL", name=op.f("ck_mails_sent")),
    )
    op.create_index("uq_mails_source", "mails", ["business_id", "kind", "source_id"], unique=True)
    op.create_index("ix_mails_order", "mails", ["business_id", "order_id"])
    due = sa.text("next_try_at IS NOT NULL")
    op.create_index("ix_mails_due", "mails", ["business_id", "next_try_at"], postgresql_where=due)
    for statement in guards.tenant_table("mails"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("mails")
