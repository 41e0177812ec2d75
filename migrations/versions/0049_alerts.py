"""Alerts, what people want of them, and the chats they are put into."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

FORMATS = "format IN ('slack', 'discord', 'feishu', 'dingtalk', 'teams', 'plain')"


def _tenant() -> list[sa.Column]:
    return [
        *(sa.Column(name, sa.UUID(), nullable=False) for name in ("business_id", "id")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    ]


def upgrade() -> None:
    op.add_column("businesses", sa.Column("large_refunds", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.alter_column("businesses", "large_refunds", server_default=None)
    op.create_table(
        "alerts",
        *_tenant(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_alerts")),
    )
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["business_id", "kind", "subject_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_alerts_created", "alerts", ["business_id", "created_at", "id"])
    op.create_index("ix_alerts_subject", "alerts", ["business_id", "kind", "subject_id", "created_at"])
    op.create_table(
        "alert_choices",
        *_tenant(),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("mailed", postgresql.JSONB(), nullable=True),
        *(sa.Column(name, sa.UUID(), nullable=True) for name in ("seen_id", "mailed_id")),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_alert_choices")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_alert_choices_person_id")),
    )
    op.create_index("uq_alert_choices_person", "alert_choices", ["business_id", "person_id"], unique=True)
    op.create_table(
        "alert_hooks",
        *_tenant(),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "format", "hint")),
        *(sa.Column(name, postgresql.JSONB(), nullable=False) for name in ("secrets", "kinds")),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("told_id", sa.UUID(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_alert_hooks")),
        sa.CheckConstraint(FORMATS, name=op.f("ck_alert_hooks_format")),
    )
    op.create_index("ix_alert_hooks_created", "alert_hooks", ["business_id", "created_at", "id"])
    for table in ("alerts", "alert_choices", "alert_hooks"):
        for statement in guards.tenant_table(table, prunable=True):
            op.execute(statement)
    noted = guards.noted_table(
        "alert_hooks", secret=("secrets",), ignored=("told_id", "next_try_at", "failures", "error", "told_at")
    )
    for statement in noted:
        op.execute(statement)


def downgrade() -> None:
    for table in ("alert_hooks", "alert_choices", "alerts"):
        op.drop_table(table)
    op.drop_column("businesses", "large_refunds")
