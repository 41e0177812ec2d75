"""Insights: metrics and reports, lists and exports, runs over many rows, and the log of requests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = (
    "metrics_by_hour",
    "metrics_by_day",
    "metric_progress",
    "postings_by_hour",
    "posting_progress",
    "report_schedules",
    "saved_views",
    "list_columns",
    "exports",
    "export_parts",
    "bulk_runs",
    "bulk_rows",
    "request_logs",
)


def upgrade() -> None:
    _metrics_by_hour()
    _metrics_by_day()
    _metric_progress()
    _postings_by_hour()
    _posting_progress()
    _report_schedules()
    _saved_views()
    _list_columns()
    _exports()
    _export_parts()
    _bulk_runs()
    _bulk_rows()
    _request_logs()
    for statement in guards.of(Base, *TABLES):
        op.execute(statement)


def _metrics_by_hour() -> None:
    op.create_table(
        "metrics_by_hour",
        sa.Column("business_id", sa.UUID(), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("hour", sa.SmallInteger(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("currency", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("subset_count", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
        sa.CheckConstraint(
            (
                "kind IN ('sales', 'first', 'product', 'channel', 'coupon', 'promotion', 'refund', 'reason', "
                "'tried', 'visit')"
            ),
            name="kind",
        ),
    )


def _metrics_by_day() -> None:
    op.create_table(
        "metrics_by_day",
        sa.Column("business_id", sa.UUID(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("currency", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("subset_count", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            (
                "kind IN ('sales', 'first', 'product', 'channel', 'coupon', 'promotion', 'refund', 'reason', "
                "'tried', 'visit')"
            ),
            name="kind",
        ),
    )


def _metric_progress() -> None:
    op.create_table(
        "metric_progress",
        sa.Column("business_id", sa.UUID(), primary_key=True),
        sa.Column("seen_id", sa.UUID(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
    )


def _postings_by_hour() -> None:
    op.create_table(
        "postings_by_hour",
        sa.Column("business_id", sa.UUID(), primary_key=True),
        sa.Column("hour", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("currency", sa.Text(), primary_key=True),
        sa.Column("owner", sa.Text(), primary_key=True),
        sa.Column("accounts", sa.BigInteger(), nullable=False),
        sa.Column("debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("accounts >= 0", name="accounts"),
        sa.CheckConstraint("debit_minor >= 0", name="debit_minor"),
        sa.CheckConstraint("credit_minor >= 0", name="credit_minor"),
    )


def _posting_progress() -> None:
    op.create_table(
        "posting_progress",
        sa.Column("business_id", sa.UUID(), primary_key=True),
        sa.Column("seen_id", sa.UUID(), nullable=False),
    )


def _report_schedules() -> None:
    op.create_table(
        "report_schedules",
        *tenant_columns(),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("every", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.CheckConstraint("every IN ('day', 'week', 'month')", name="every"),
        sa.Index("uq_report_schedules_user", "business_id", "user_id", "report", "every", unique=True),
        sa.Index("ix_report_schedules_due", "next_at"),
    )


def _saved_views() -> None:
    op.create_table(
        "saved_views",
        *tenant_columns(),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("user_id", sa.UUID()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("filters", postgresql.JSONB(), nullable=False),
        sa.Column("oldest_first", sa.Boolean(), nullable=False),
        sa.Column("by_amount", sa.Boolean(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.CheckConstraint("user_id IS NOT NULL OR shared", name="nobodys"),
        sa.Index("uq_saved_views_name", "business_id", "listing", "user_id", "name", unique=True),
        sa.Index("ix_saved_views_shared", "business_id", "listing", postgresql_where=sa.text("shared")),
        sa.Index(
            "uq_saved_views_nobodys",
            "business_id",
            "listing",
            "name",
            unique=True,
            postgresql_where=sa.text("user_id IS NULL"),
        ),
        sa.Index("ix_saved_views_newest", "business_id", "created_at", "id", postgresql_where=sa.text("shared")),
    )


def _list_columns() -> None:
    op.create_table(
        "list_columns",
        *tenant_columns(),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.Index("uq_list_columns_user", "business_id", "user_id", "listing", unique=True),
    )


def _exports() -> None:
    op.create_table(
        "exports",
        *tenant_columns(),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("filters", postgresql.JSONB(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("oldest_first", sa.Boolean(), nullable=False),
        sa.Column("by_amount", sa.Boolean(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("sees_buyers", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("after_at", sa.DateTime(timezone=True)),
        sa.Column("after_minor", sa.BigInteger()),
        sa.Column("after_id", sa.UUID()),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.Column("bytes", sa.BigInteger()),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.CheckConstraint("format IN ('csv', 'xlsx')", name="format"),
        sa.CheckConstraint("finished_at IS NULL OR problem = ''", name="over"),
        sa.CheckConstraint("key IS NULL OR finished_at IS NOT NULL", name="file"),
        sa.Index("ix_exports_holder", "business_id", "holder", "created_at", "id"),
        sa.Index("ix_exports_due", "created_at", postgresql_where=sa.text("finished_at IS NULL AND problem = ''")),
        sa.Index("ix_exports_created", "created_at"),
    )


def _export_parts() -> None:
    op.create_table(
        "export_parts",
        *tenant_columns(),
        sa.Column("export_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        tenant_key("exports", "export_id"),
        sa.Index("uq_export_parts_number", "business_id", "export_id", "number", unique=True),
    )


def _bulk_runs() -> None:
    op.create_table(
        "bulk_runs",
        *tenant_columns(),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("action IN ('close', 'poll', 'note', 'receipt', 'webhooks')", name="action"),
        sa.Index("ix_bulk_runs_actor", "business_id", "actor", "created_at", "id"),
        sa.Index("ix_bulk_runs_due", "created_at", postgresql_where=sa.text("finished_at IS NULL")),
    )


def _bulk_rows() -> None:
    op.create_table(
        "bulk_rows",
        *tenant_columns(),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("result", sa.Text()),
        sa.Column("message", sa.Text(), nullable=False),
        tenant_key("bulk_runs", "run_id"),
        tenant_key("orders", "order_id"),
        sa.CheckConstraint("result IN ('done', 'skipped', 'refused')", name="result"),
        sa.Index("uq_bulk_rows_order", "business_id", "run_id", "order_id", unique=True),
        sa.Index("ix_bulk_rows_open", "business_id", "run_id", "number", postgresql_where=sa.text("result IS NULL")),
    )


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
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
