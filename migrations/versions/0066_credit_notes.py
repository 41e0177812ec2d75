"""Receipts name the company that they are for, and refunds have credit notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

_TABLES = ("credit_notes", "credit_note_counters")
_SETTINGS = ("company_receipt_days", "company_receipts", "credit_note_start", "credit_note_format")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("businesses", sa.Column("credit_note_format", sa.Text(), nullable=False, server_default="C-{number}"))
    op.add_column("businesses", sa.Column("credit_note_start", sa.BigInteger(), nullable=False, server_default="1"))
    op.add_column("businesses", sa.Column("company_receipts", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("businesses", sa.Column("company_receipt_days", sa.Integer(), nullable=False, server_default="30"))
    op.add_column("receipts", sa.Column("buyer", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.add_column("receipts", sa.Column("corrects_id", sa.UUID()))
    op.create_foreign_key(
        op.f("fk_receipts_business_id_corrects_id"),
        "receipts",
        "receipts",
        ["business_id", "corrects_id"],
        ["business_id", "id"],
    )
    op.create_check_constraint("correction", "receipts", "corrects_id IS NULL OR buyer <> '{}'")
    op.drop_index("uq_receipts_order", "receipts")
    op.create_index(
        "uq_receipts_order",
        "receipts",
        ["business_id", "order_id", "corrects_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "credit_notes",
        *tenant_columns(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("receipt_id", sa.UUID(), nullable=False),
        sa.Column("transaction_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("begins_series", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("seller", postgresql.JSONB(), nullable=False),
        sa.Column("buyer", postgresql.JSONB(), nullable=False),
        sa.Column("taxes", postgresql.JSONB(), nullable=False),
        tenant_key("orders", "order_id"),
        tenant_key("receipts", "receipt_id"),
        tenant_key("payment_transactions", "transaction_id"),
        sa.CheckConstraint("number > 0", name="number"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.Index("uq_credit_notes_transaction", "business_id", "transaction_id", unique=True),
        sa.Index("uq_credit_notes_number", "business_id", "number", unique=True),
        sa.Index("ix_credit_notes_order", "business_id", "order_id"),
        sa.Index("ix_credit_notes_created", "business_id", "created_at", "id"),
    )
    op.create_table(
        "credit_note_counters",
        sa.Column("business_id", sa.UUID(), primary_key=True),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
    )
    for statement in guards.of(Base, *_TABLES):
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
    op.drop_index("uq_receipts_order", "receipts")
    # Append-only tables lose no rows: where a receipt was corrected, the corrected one is not unique any more.
    op.create_index(
        "uq_receipts_order",
        "receipts",
        ["business_id", "order_id"],
        unique=True,
        postgresql_where=sa.text("corrects_id IS NULL"),
    )
    op.drop_constraint("correction", "receipts", type_="check")
    op.drop_constraint(op.f("fk_receipts_business_id_corrects_id"), "receipts", type_="foreignkey")
    for name in _SETTINGS:
        op.drop_column("businesses", name)
