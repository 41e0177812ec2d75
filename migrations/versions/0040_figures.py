"""Figures by hour and by day, and the indexes that they are counted by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

KINDS = "kind IN ('sales', 'first', 'product', 'channel', 'coupon', 'promotion', 'refund', 'reason', 'tried', 'visit')"


def upgrade() -> None:
    for table, key in (
        ("figures_by_hour", ("business_id", "day", "hour", "kind", "currency", "key")),
        ("figures_by_day", ("business_id", "kind", "day", "currency", "key")),
    ):
        hour = [sa.Column("hour", sa.SmallInteger(), nullable=False)] if "hour" in key else []
        check = [sa.CheckConstraint("hour BETWEEN 0 AND 23", name=op.f(f"ck_{table}_hour"))] if hour else []
        op.create_table(
            table,
            sa.Column("business_id", sa.UUID(), nullable=False),
            sa.Column("day", sa.Date(), nullable=False),
            *hour,
            *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "currency", "key")),
            *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("number", "of_which", "amount_minor")),
            sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
            sa.CheckConstraint(KINDS, name=op.f(f"ck_{table}_kind")),
            *check,
        )
    op.create_table(
        "figure_progress",
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("seen_id", sa.UUID(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("business_id", name=op.f("pk_figure_progress")),
    )
    op.create_index(
        "ix_orders_paid",
        "orders",
        ["business_id", "paid_at", "id"],
        postgresql_where=sa.text("paid_at IS NOT NULL"),
    )
    op.create_index(
        "ix_payment_transactions_refunded",
        "payment_transactions",
        ["business_id", "decided_at", "id"],
        postgresql_where=sa.text("kind = 'refund' AND status = 'succeeded'"),
    )
    op.create_index("ix_checkout_sessions_created", "checkout_sessions", ["business_id", "created_at", "id"])
    for table in ("figures_by_hour", "figures_by_day", "figure_progress"):
        for statement in guards.tenant_table(table, prunable=True):
            op.execute(statement)


def downgrade() -> None:
    op.drop_index("ix_checkout_sessions_created", "checkout_sessions")
    op.drop_index("ix_payment_transactions_refunded", "payment_transactions")
    op.drop_index("ix_orders_paid", "orders")
    for table in ("figure_progress", "figures_by_day", "figures_by_hour"):
        op.drop_table(table)
