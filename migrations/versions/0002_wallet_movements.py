"""Whose wallet a movement touches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payment_transactions", sa.Column("buyer_reference", sa.Text(), nullable=True))
    op.add_column("payment_transactions", sa.Column("counter_reference", sa.Text(), nullable=True))
    op.create_index(
        "ix_payment_transactions_buyer",
        "payment_transactions",
        ["business_id", "buyer_reference", "created_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_payment_transactions_buyer", table_name="payment_transactions")
    op.drop_column("payment_transactions", "counter_reference")
    op.drop_column("payment_transactions", "buyer_reference")
