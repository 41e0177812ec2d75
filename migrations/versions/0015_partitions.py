"""The request log and exchanges with payment companies lie in parts by month; exchanges of long ago, in files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards, partitions
from app.core.db.models import tenant_columns

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in partitions.functions():
        op.execute(statement)
    for table, make in (("request_logs", _request_logs), ("channel_exchanges", _channel_exchanges)):
        for statement in partitions.set_aside(op.get_bind(), table):
            op.execute(statement)
        make()
        for statement in (*partitions.begun_with(table), *guards.of(Base, table)):
            op.execute(statement)
    op.create_table(
        "exchange_archives",
        *tenant_columns(),
        sa.Column("first_id", sa.UUID(), nullable=False),
        sa.Column("last_id", sa.UUID(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Index("uq_exchange_archives_first", "business_id", "first_id", unique=True),
        sa.Index("ix_exchange_archives_last", "business_id", "last_id"),
    )
    for statement in guards.of(Base, "exchange_archives"):
        op.execute(statement)


def _request_logs() -> None:
    op.create_table(
        "request_logs",
        *tenant_columns(),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.UUID(), nullable=False),
        sa.Column("api_version", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text()),
        sa.Column("replayed", sa.Boolean(), nullable=False),
        sa.Column("error_code", sa.Text()),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("request_body", postgresql.JSONB()),
        sa.Column("response_body", postgresql.JSONB()),
        sa.Index("ix_request_logs_created", "business_id", "created_at", "id"),
        sa.Index(
            "ix_request_logs_errors", "business_id", "created_at", "id", postgresql_where=sa.text("status >= 400")
        ),
        sa.Index("ix_request_logs_key", "business_id", "key_id", "created_at", "id"),
        sa.Index("ix_request_logs_operation", "business_id", "operation", "created_at", "id"),
        sa.Index(
            "ix_request_logs_idempotency",
            "business_id",
            "idempotency_key",
            "created_at",
            "id",
            postgresql_where=sa.text("idempotency_key IS NOT NULL"),
        ),
        sa.Index("ix_request_logs_age", "created_at", postgresql_using="brin"),
        postgresql_partition_by="RANGE (id)",
    )


def _channel_exchanges() -> None:
    op.create_table(
        "channel_exchanges",
        *tenant_columns(),
        sa.Column("attempt_id", sa.UUID(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("http_status", sa.Integer()),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Index("ix_channel_exchanges_attempt", "business_id", "attempt_id"),
        sa.Index("ix_channel_exchanges_created", "business_id", "created_at"),
        postgresql_partition_by="RANGE (id)",
    )


def downgrade() -> None:
    """Exchanges that lie in files stay there; the release before this one does not show them."""
    op.drop_table("exchange_archives")
    for table in ("channel_exchanges", "request_logs"):
        for statement in (*partitions.plain_again(table), *guards.of(Base, table)):
            op.execute(statement)
    for statement in partitions.removed():
        op.execute(statement)
