"""Channel bills: what companies' own books say of each day, and each line of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

_TABLES = ("channel_bills", "channel_bill_totals", "channel_bill_lines")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "channel_bills",
        *tenant_columns(),
        sa.Column("channel_account_id", sa.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text()),
        sa.Column("lines_sha256", sa.Text()),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True)),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        tenant_key("channel_accounts", "channel_account_id"),
        sa.CheckConstraint("status IN ('expected', 'fetched', 'late', 'empty', 'failed')", name="status"),
        sa.CheckConstraint("(status = 'fetched') = (fetched_at IS NOT NULL)", name="fetched"),
        sa.CheckConstraint("(revision > 0) = (fetched_at IS NOT NULL)", name="revision"),
        sa.CheckConstraint(
            "(sha256 IS NULL) = (revision = 0) AND (lines_sha256 IS NULL) = (revision = 0)", name="file"
        ),
        sa.CheckConstraint("line_count >= 0", name="line_count"),
        sa.CheckConstraint("status NOT IN ('expected', 'late') OR next_attempt_at IS NOT NULL", name="asked"),
        sa.Index("uq_channel_bills_day", "business_id", "channel_account_id", "day", unique=True),
        sa.Index("ix_channel_bills_list", "business_id", "ready_at", "id"),
        sa.Index("ix_channel_bills_missing", "business_id", postgresql_where=sa.text("status IN ('late', 'failed')")),
        sa.Index("ix_channel_bills_due", "next_attempt_at", postgresql_where=sa.text("next_attempt_at IS NOT NULL")),
    )
    op.create_table(
        "channel_bill_totals",
        *tenant_columns(),
        sa.Column("bill_id", sa.UUID(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("charges", sa.Integer(), nullable=False),
        sa.Column("charged_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunds", sa.Integer(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        tenant_key("channel_bills", "bill_id"),
        sa.CheckConstraint(
            "charges >= 0 AND charged_minor >= 0 AND refunds >= 0 AND refunded_minor >= 0", name="amounts"
        ),
        sa.Index("uq_channel_bill_totals_currency", "business_id", "bill_id", "revision", "currency", unique=True),
    )
    op.create_table(
        "channel_bill_lines",
        *tenant_columns(),
        sa.Column("bill_id", sa.UUID(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("our_ref", sa.Text(), nullable=False),
        sa.Column("charge_ref", sa.Text(), nullable=False),
        sa.Column("channel_ref", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        tenant_key("channel_bills", "bill_id"),
        sa.CheckConstraint("kind IN ('charge', 'refund')", name="kind"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.Index("uq_channel_bill_lines_number", "business_id", "bill_id", "revision", "number", unique=True),
    )
    for table in _TABLES:
        for statement in guards.of(Base, table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
