"""Lists of payments and movements that are not the rule find theirs without looking through all the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

_PAGE = ("created_at", "id")


def upgrade() -> None:
    op.create_index(
        "ix_payment_transactions_kind",
        "payment_transactions",
        ["business_id", "kind", *_PAGE],
        postgresql_where=sa.text("kind <> 'charge'"),
    )
    op.drop_index("ix_payment_transactions_refunds", "payment_transactions")
    op.create_index(
        "ix_payment_transactions_undone",
        "payment_transactions",
        ["business_id", "status", *_PAGE],
        postgresql_where=sa.text("status <> 'succeeded'"),
    )
    op.create_index(
        "ix_payment_attempts_surplus",
        "payment_attempts",
        ["business_id", *_PAGE],
        postgresql_where=sa.text("applied IS false"),
    )


def downgrade() -> None:
    op.drop_index("ix_payment_attempts_surplus", "payment_attempts")
    op.drop_index("ix_payment_transactions_undone", "payment_transactions")
    op.create_index(
        "ix_payment_transactions_refunds",
        "payment_transactions",
        ["business_id", *_PAGE],
        postgresql_where=sa.text("kind = 'refund'"),
    )
    op.drop_index("ix_payment_transactions_kind", "payment_transactions")
