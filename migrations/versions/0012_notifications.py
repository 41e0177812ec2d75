"""Notifications: mails and alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = (
    "mails",
    "user_mails",
    "alerts",
    "alert_preferences",
    "alert_chats",
)


def upgrade() -> None:
    _mails()
    _user_mails()
    _alerts()
    _alert_preferences()
    _alert_chats()
    for statement in guards.of(Base, *TABLES):
        op.execute(statement)


def _mails() -> None:
    op.create_table(
        "mails",
        *tenant_columns(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("source_id", sa.UUID(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("discarded_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text()),
        tenant_key("orders", "order_id"),
        sa.CheckConstraint("kind IN ('receipt', 'refund')", name="kind"),
        sa.CheckConstraint("sent_at IS NULL OR next_attempt_at IS NULL", name="sent"),
        sa.CheckConstraint("discarded_at IS NULL OR (sent_at IS NULL AND next_attempt_at IS NULL)", name="discarded"),
        sa.Index("uq_mails_source", "business_id", "kind", "source_id", unique=True),
        sa.Index("ix_mails_order", "business_id", "order_id"),
        sa.Index(
            "ix_mails_abandoned",
            "business_id",
            "created_at",
            "id",
            postgresql_where=sa.text("sent_at IS NULL AND next_attempt_at IS NULL AND discarded_at IS NULL"),
        ),
        sa.Index(
            "ix_mails_due", "business_id", "next_attempt_at", postgresql_where=sa.text("next_attempt_at IS NOT NULL")
        ),
    )


def _user_mails() -> None:
    op.create_table(
        "user_mails",
        sa.Column("id", sa.UUID(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sent_at IS NULL OR next_attempt_at IS NULL", name="sent"),
        sa.Index("ix_user_mails_due", "next_attempt_at", postgresql_where=sa.text("next_attempt_at IS NOT NULL")),
        sa.Index("ix_user_mails_created", "created_at"),
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        *tenant_columns(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Index(
            "uq_alerts_open",
            "business_id",
            "kind",
            "subject_id",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_alerts_created", "business_id", "created_at", "id"),
        sa.Index("ix_alerts_subject", "business_id", "kind", "subject_id", "created_at"),
    )


def _alert_preferences() -> None:
    op.create_table(
        "alert_preferences",
        *tenant_columns(),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("mailed", postgresql.JSONB()),
        sa.Column("seen_id", sa.UUID()),
        sa.Column("mailed_id", sa.UUID()),
        sa.Column("mailed_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.Index("uq_alert_preferences_user", "business_id", "user_id", unique=True),
    )


def _alert_chats() -> None:
    op.create_table(
        "alert_chats",
        *tenant_columns(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("secrets", postgresql.JSONB(), nullable=False),
        sa.Column("kinds", postgresql.JSONB(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("notified_id", sa.UUID(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("notified_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("format IN ('slack', 'discord', 'feishu', 'dingtalk', 'teams', 'plain')", name="format"),
        sa.Index("ix_alert_chats_created", "business_id", "created_at", "id"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
