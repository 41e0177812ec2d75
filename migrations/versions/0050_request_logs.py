"""What merchants' programs asked of the API, and the version that their keys are pinned to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Keys that are there were made for the API as it was.
    op.add_column("api_keys", sa.Column("api_version", sa.Text(), nullable=False, server_default="2026-10-01"))
    op.alter_column("api_keys", "api_version", server_default=None)
    op.create_table(
        "request_logs",
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.UUID(), nullable=False),
        sa.Column("api_version", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("replayed", sa.Boolean(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("request_body", postgresql.JSONB(), nullable=True),
        sa.Column("response_body", postgresql.JSONB(), nullable=True),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_request_logs")),
    )
    key = ["created_at", "id"]
    op.create_index("ix_request_logs_created", "request_logs", ["business_id", *key])
    op.create_index(
        "ix_request_logs_errors", "request_logs", ["business_id", *key], postgresql_where=sa.text("status >= 400")
    )
    op.create_index("ix_request_logs_key", "request_logs", ["business_id", "key_id", *key])
    op.create_index("ix_request_logs_operation", "request_logs", ["business_id", "operation", *key])
    op.create_index(
        "ix_request_logs_idempotency",
        "request_logs",
        ["business_id", "idempotency_key", *key],
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.create_index("ix_request_logs_age", "request_logs", ["created_at"], postgresql_using="brin")
    for statement in guards.tenant_table("request_logs", append_only=False, prunable=True):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("request_logs")
    op.drop_column("api_keys", "api_version")
