"""Payments nobody knows the end of, and orders of which money went back, are found without looking through the rest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

_PAGE = ("created_at", "id")
_KINDS = "kind IN ('charge', 'deduction', 'refund', 'top_up', 'withdrawal', 'transfer', 'payout')"


def upgrade() -> None:
    op.add_column("payment_attempts", sa.Column("kind", sa.Text(), nullable=True))
    op.execute(
        "UPDATE payment_attempts a SET kind = t.kind FROM payment_transactions t"
        " WHERE t.business_id = a.business_id AND t.id = a.transaction_id"
    )
    op.alter_column("payment_attempts", "kind", nullable=False)
    op.create_check_constraint(op.f("ck_payment_attempts_kind"), "payment_attempts", _KINDS)
    op.create_index(
        "ix_payment_attempts_undecided",
        "payment_attempts",
        ["business_id", *_PAGE],
        postgresql_where=sa.text("next_ask_at IS NOT NULL AND kind IN ('charge', 'deduction')"),
    )
    op.create_index(
        "ix_payment_attempts_undone",
        "payment_attempts",
        ["business_id", "status", *_PAGE],
        postgresql_where=sa.text("status <> 'succeeded'"),
    )
    op.create_index(
        "ix_orders_refunds",
        "orders",
        ["business_id", *_PAGE],
        postgresql_where=sa.text("(refunded_minor > 0 OR status IN ('refunding', 'refunded'))"),
    )


def downgrade() -> None:
    op.drop_index("ix_orders_refunds", "orders")
    op.drop_index("ix_payment_attempts_undone", "payment_attempts")
    op.drop_index("ix_payment_attempts_undecided", "payment_attempts")
    op.drop_column("payment_attempts", "kind")
