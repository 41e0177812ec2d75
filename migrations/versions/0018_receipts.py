"""Receipts have numbers and name the taxes that prices include."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    included = sa.Column("prices_include_tax", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("businesses", included)
    op.add_column("businesses", sa.Column("receipt_format", sa.Text(), nullable=False, server_default="R-{number}"))
    op.add_column("businesses", sa.Column("receipt_start", sa.BigInteger(), nullable=False, server_default="1"))
    _tax_rates()
    op.create_table(
        "receipts",
        *tenant_columns(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("begins_series", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("seller", postgresql.JSONB(), nullable=False),
        sa.Column("taxes", postgresql.JSONB(), nullable=False),
        tenant_key("orders", "order_id"),
        sa.CheckConstraint("number > 0", name="number"),
        sa.Index("uq_receipts_order", "business_id", "order_id", unique=True),
        sa.Index("uq_receipts_number", "business_id", "number", unique=True),
    )
    op.create_table(
        "receipt_counters",
        sa.Column("business_id", sa.UUID(), primary_key=True),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
    )
    for statement in guards.of(Base, "tax_rates", "receipts", "receipt_counters"):
        op.execute(statement)


def _tax_rates() -> None:
    is_open = "ends_at IS NULL AND product_id IS"
    general, own = sa.text(f"{is_open} NULL"), sa.text(f"{is_open} NOT NULL")
    op.create_table(
        "tax_rates",
        *tenant_columns(),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("product_id", sa.UUID()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rate_bps", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        tenant_key("products", "product_id"),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
        sa.CheckConstraint("rate_bps BETWEEN 0 AND 10000", name="rate"),
        sa.CheckConstraint("ends_at >= starts_at", name="time"),
        sa.Index("ix_tax_rates_created", "business_id", "created_at", "id"),
        sa.Index(
            "ix_tax_rates_product", "business_id", "product_id", postgresql_where=sa.text("product_id IS NOT NULL")
        ),
        sa.Index("uq_tax_rates_general", "business_id", "country", unique=True, postgresql_where=general),
        sa.Index("uq_tax_rates_product", "business_id", "country", "product_id", unique=True, postgresql_where=own),
    )


def downgrade() -> None:
    for table in ("receipt_counters", "receipts", "tax_rates"):
        op.drop_table(table)
    for column in ("receipt_start", "receipt_format", "prices_include_tax"):
        op.drop_column("businesses", column)
