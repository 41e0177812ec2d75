"""Payments and refunds are listed by the moment they were begun."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_payment_attempts_created", "payment_attempts", ["business_id", "created_at", "id"])
    op.create_index(
        "ix_payment_transactions_refunds",
        "payment_transactions",
        ["business_id", "created_at", "id"],
        postgresql_where=sa.text("kind = 'refund'"),
    )


def downgrade() -> None:
    op.drop_index("ix_payment_transactions_refunds", "payment_transactions")
    op.drop_index("ix_payment_attempts_created", "payment_attempts")
