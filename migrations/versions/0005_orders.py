"""Orders: their parts, lines and notes, and what is reserved for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = (
    "orders",
    "sub_orders",
    "order_lines",
    "order_notes",
    "reservations",
)


def upgrade() -> None:
    _orders()
    _sub_orders()
    _order_lines()
    _order_notes()
    _reservations()
    for statement in guards.of(Base, *TABLES):
        op.execute(statement)


def _orders() -> None:
    op.create_table(
        "orders",
        *tenant_columns(),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("buyer_email", sa.Text()),
        sa.Column("buyer_phone", sa.Text()),
        sa.Column("session_id", sa.UUID()),
        sa.Column("snapshot_hash", sa.Text(), nullable=False),
        sa.Column("needs_remote_reservation", sa.Boolean(), nullable=False),
        sa.Column("channels", postgresql.JSONB(), nullable=False),
        sa.Column("close_reason", sa.Text()),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True)),
        sa.Column("fulfilled_at", sa.DateTime(timezone=True)),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            (
                "status IN ('created', 'paying', 'paid', 'fulfilling', 'fulfilled', 'completed', 'closed', "
                "'refunding', 'refunded')"
            ),
            name="status",
        ),
        sa.CheckConstraint("total_minor BETWEEN 0 AND 99999999999", name="total"),
        sa.CheckConstraint("paid_minor IN (0, total_minor)", name="paid"),
        sa.CheckConstraint("refunded_minor BETWEEN 0 AND paid_minor", name="refunded"),
        sa.CheckConstraint("(status = 'closed') = (close_reason IS NOT NULL)", name="close_reason"),
        sa.Index("ix_orders_created", "business_id", "created_at", "id"),
        sa.Index("ix_orders_paid", "business_id", "paid_at", "id", postgresql_where=sa.text("paid_at IS NOT NULL")),
        sa.Index(
            "ix_orders_refunds",
            "business_id",
            "created_at",
            "id",
            postgresql_where=sa.text("(refunded_minor > 0 OR status IN ('refunding', 'refunded'))"),
        ),
        sa.Index("ix_orders_status", "business_id", "status", "created_at"),
        sa.Index("ix_orders_buyer", "business_id", "buyer_reference", "created_at"),
        sa.Index("ix_orders_amount", "business_id", "currency", "total_minor", "id"),
        sa.Index("ix_orders_email", "business_id", "buyer_email"),
        sa.Index("ix_orders_phone", "business_id", "buyer_phone", postgresql_where=sa.text("buyer_phone IS NOT NULL")),
        sa.Index(
            "ix_orders_deadline",
            "business_id",
            "expires_at",
            postgresql_where=sa.text("status IN ('created', 'paying')"),
        ),
        sa.Index(
            "ix_orders_fulfilled", "business_id", "fulfilled_at", postgresql_where=sa.text("status = 'fulfilled'")
        ),
    )


def _sub_orders() -> None:
    op.create_table(
        "sub_orders",
        *tenant_columns(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("split_by", sa.Text(), nullable=False),
        sa.Column("split_value", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        tenant_key("orders", "order_id"),
        sa.Index("ix_sub_orders_order", "business_id", "order_id"),
    )


def _order_lines() -> None:
    op.create_table(
        "order_lines",
        *tenant_columns(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("sub_order_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sku_id", sa.UUID(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("specification", postgresql.JSONB(), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        tenant_key("orders", "order_id"),
        tenant_key("sub_orders", "sub_order_id"),
        sa.CheckConstraint("quantity > 0 AND unit_price_minor >= 0 AND discount_minor >= 0", name="positive"),
        sa.CheckConstraint("amount_minor = unit_price_minor * quantity - discount_minor", name="amount"),
        sa.Index("ix_order_lines_order", "business_id", "order_id"),
        sa.Index("ix_order_lines_product", "business_id", "product_id", "sku_id", "order_id"),
    )


def _order_notes() -> None:
    op.create_table(
        "order_notes",
        *tenant_columns(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        tenant_key("orders", "order_id"),
        sa.Index("ix_order_notes_order", "business_id", "order_id"),
    )


def _reservations() -> None:
    op.create_table(
        "reservations",
        *tenant_columns(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("line_id", sa.UUID()),
        sa.Column("sku_id", sa.UUID()),
        sa.Column("quantity", sa.Integer()),
        sa.Column("attempt_id", sa.UUID()),
        sa.Column("wallet_attempt_id", sa.UUID()),
        sa.Column("journal_id", sa.UUID()),
        sa.Column("amount_minor", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text()),
        tenant_key("orders", "order_id"),
        tenant_key("skus", "sku_id"),
        sa.CheckConstraint("kind IN ('wallet', 'remote')", name="kind"),
        sa.CheckConstraint("status IN ('reserving', 'reserved', 'confirmed', 'cancelled', 'stuck')", name="status"),
        sa.CheckConstraint("target IN ('reserve', 'extend', 'confirm', 'cancel')", name="target"),
        sa.CheckConstraint(
            (
                "kind <> 'wallet' OR (amount_minor > 0 AND currency IS NOT NULL AND journal_id IS NOT NULL "
                "AND attempt_id IS NOT NULL AND wallet_attempt_id IS NOT NULL)"
            ),
            name="wallet",
        ),
        sa.CheckConstraint(
            "kind <> 'remote' OR (sku_id IS NOT NULL AND line_id IS NOT NULL AND quantity > 0)", name="remote"
        ),
        sa.CheckConstraint(
            (
                "kind <> 'remote' OR (next_attempt_at IS NULL) = (status || ' ' || target IN ('reserved reserve', "
                "'confirmed confirm', 'cancelled cancel'))"
            ),
            name="told",
        ),
        sa.Index("ix_reservations_order", "business_id", "order_id"),
        sa.Index(
            "uq_reservations_wallet",
            "business_id",
            "order_id",
            unique=True,
            postgresql_where=sa.text("kind = 'wallet' AND status IN ('reserving', 'reserved')"),
        ),
        sa.Index(
            "ix_reservations_due",
            "business_id",
            "next_attempt_at",
            postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
        ),
        sa.Index("ix_reservations_created", "business_id", "created_at", "id"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
