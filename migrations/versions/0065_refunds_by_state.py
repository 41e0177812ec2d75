"""Refunds of one state are found without looking through the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_payment_transactions_refunds",
        "payment_transactions",
        ["business_id", "status", "created_at", "id"],
        postgresql_where=sa.text("kind = 'refund'"),
    )


def downgrade() -> None:
    op.drop_index("ix_payment_transactions_refunds", "payment_transactions")
