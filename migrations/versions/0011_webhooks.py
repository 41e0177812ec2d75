"""Webhooks: endpoints, what is due at each, and each try."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = (
    "webhook_endpoints",
    "webhook_deliveries",
    "webhook_attempts",
)


def upgrade() -> None:
    _webhook_endpoints()
    _webhook_deliveries()
    _webhook_attempts()
    for statement in guards.of(Base, *TABLES):
        op.execute(statement)


def _webhook_endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        *tenant_columns(),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("in_order", sa.Boolean(), nullable=False),
        sa.Column("secrets", postgresql.JSONB(), nullable=False),
        sa.Column("previous_secret_until", sa.DateTime(timezone=True)),
        sa.Column("pause_reason", sa.Text()),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.Column("deferred_until", sa.DateTime(timezone=True)),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True)),
        sa.Column("succeeded_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text()),
        sa.CheckConstraint("status IN ('enabled', 'paused', 'removed')", name="status"),
        sa.CheckConstraint("pause_reason IN ('manual', 'failing', 'gone')", name="pause_reason"),
        sa.CheckConstraint("(status = 'paused') = (pause_reason IS NOT NULL)", name="paused"),
        sa.CheckConstraint("failures >= 0 AND (failures > 0) = (failing_since IS NOT NULL)", name="failing"),
        sa.Index(
            "ix_webhook_endpoints_due", "due_at", postgresql_where=sa.text("status = 'enabled' AND due_at IS NOT NULL")
        ),
    )


def _webhook_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        *tenant_columns(),
        sa.Column("endpoint_id", sa.UUID(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("object_id", sa.UUID(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("http_status", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        tenant_key("webhook_endpoints", "endpoint_id"),
        tenant_key("outbox_events", "event_id"),
        sa.CheckConstraint("status IN ('pending', 'delivered', 'failed', 'skipped')", name="status"),
        sa.CheckConstraint("origin IN ('event', 'replay')", name="origin"),
        sa.CheckConstraint("(status = 'pending') = (next_attempt_at IS NOT NULL)", name="tried"),
        sa.Index(
            "uq_webhook_deliveries_event",
            "business_id",
            "endpoint_id",
            "event_id",
            unique=True,
            postgresql_where=sa.text("origin = 'event'"),
        ),
        sa.Index(
            "ix_webhook_deliveries_object",
            "business_id",
            "endpoint_id",
            "object_id",
            "sequence",
            "id",
            postgresql_where=sa.text("status = 'pending'"),
        ),
        sa.Index(
            "ix_webhook_deliveries_due",
            "business_id",
            "endpoint_id",
            "next_attempt_at",
            "id",
            postgresql_where=sa.text("status = 'pending'"),
        ),
        sa.Index("ix_webhook_deliveries_endpoint", "business_id", "endpoint_id", "created_at", "id"),
        sa.Index("ix_webhook_deliveries_created", "business_id", "created_at", "id"),
        sa.Index("ix_webhook_deliveries_event", "business_id", "event_id"),
        sa.Index("ix_webhook_deliveries_topic", "business_id", "topic", "created_at", "id"),
        sa.Index(
            "ix_webhook_deliveries_undelivered",
            "business_id",
            "status",
            "created_at",
            "id",
            postgresql_where=sa.text("status <> 'delivered'"),
        ),
    )


def _webhook_attempts() -> None:
    op.create_table(
        "webhook_attempts",
        *tenant_columns(),
        sa.Column("delivery_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("headers", postgresql.JSONB(), nullable=False),
        sa.Column("http_status", sa.Integer()),
        sa.Column("answer_headers", postgresql.JSONB(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        tenant_key("webhook_deliveries", "delivery_id"),
        sa.Index("uq_webhook_attempts_number", "business_id", "delivery_id", "number", unique=True),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
