"""Payouts that succeeded are asked about again for a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("payment_attempts", sa.Column("recheck_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_payment_attempts_recheck",
        "payment_attempts",
        ["business_id", "recheck_at"],
        postgresql_where=sa.text("recheck_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_column("payment_attempts", "recheck_at")
