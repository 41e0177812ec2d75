"""Payment orders: files of payouts for the bank, their lines, and the bank's reports; movements that come back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_STATES = "'open', 'succeeded', 'failed', 'cancelled'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _set_check("status", f"status IN ({_STATES}, 'returned')")
    _set_check("returned", "status <> 'returned' OR kind IN ('withdrawal', 'payout')", is_new=True)
    _orders()
    _lines()
    for table in ("payment_orders", "payment_order_lines"):
        for statement in guards.of(Base, table):
            op.execute(statement)


def _set_check(name: str, rule: str, *, is_new: bool = False) -> None:
    full_name = op.f(f"ck_payment_transactions_{name}")
    if not is_new:
        op.drop_constraint(full_name, "payment_transactions")
    op.create_check_constraint(full_name, "payment_transactions", rule)


def _orders() -> None:
    op.create_table(
        "payment_orders",
        *tenant_columns(),
        sa.Column("channel_account_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("execute_on", sa.Date(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text()),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        tenant_key("channel_accounts", "channel_account_id"),
        sa.CheckConstraint("status IN ('requested', 'approved', 'sent', 'completed', 'cancelled')", name="status"),
        sa.CheckConstraint("format IN ('pain.001', 'csv')", name="format"),
        sa.CheckConstraint("total_minor > 0 AND line_count > 0", name="total"),
        sa.CheckConstraint(
            "coalesce(approved_by <> created_by, false) OR status IN ('requested', 'cancelled')", name="second_person"
        ),
        sa.Index("ix_payment_orders_created", "business_id", "created_at", "id"),
        sa.Index("ix_payment_orders_status", "business_id", "status", "created_at", "id"),
    )


def _lines() -> None:
    op.create_table(
        "payment_order_lines",
        *tenant_columns(),
        sa.Column("payment_order_id", sa.UUID(), nullable=False),
        sa.Column("attempt_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("bank_reason", sa.Text(), nullable=False),
        sa.Column("returned_by", sa.Text()),
        sa.Column("returned_at", sa.DateTime(timezone=True)),
        sa.Column("return_reason", sa.Text(), nullable=False),
        tenant_key("payment_orders", "payment_order_id"),
        tenant_key("payment_attempts", "attempt_id"),
        sa.CheckConstraint("status IN ('waiting', 'executed', 'rejected', 'returned', 'cancelled')", name="status"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("(status IN ('waiting', 'cancelled')) = (decided_by IS NULL)", name="decided"),
        sa.CheckConstraint("(status = 'returned') = (returned_by IS NOT NULL)", name="returned"),
        sa.Index(
            "uq_payment_order_lines_attempt",
            "business_id",
            "attempt_id",
            unique=True,
            postgresql_where=sa.text("status <> 'cancelled'"),
        ),
        sa.Index("ix_payment_order_lines_order", "business_id", "payment_order_id", "id"),
        sa.Index("ix_payment_order_lines_reference", "business_id", "reference"),
    )


def downgrade() -> None:
    for table in ("payment_order_lines", "payment_orders"):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_payment_transactions_returned"), "payment_transactions")
    _set_check("status", f"status IN ({_STATES})")
