"""Who gets the money of a withdrawal or payout."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payment_transactions", sa.Column("payee", postgresql.JSONB(), nullable=True))
    op.create_check_constraint(
        op.f("ck_payment_transactions_payee"),
        "payment_transactions",
        "(kind IN ('withdrawal', 'payout')) = (payee IS NOT NULL)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_payment_transactions_payee"), "payment_transactions", type_="check")
    op.drop_column("payment_transactions", "payee")
