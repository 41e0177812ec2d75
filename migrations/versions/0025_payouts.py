"""Routing rules apply to what comes in or to what goes out, and payouts that succeeded are asked about again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_OUT = "direction = 'incoming' OR (scene IS NULL AND product_id IS NULL AND sku_id IS NULL)"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("routing_rules", sa.Column("direction", sa.Text(), nullable=False, server_default="incoming"))
    op.create_check_constraint("direction", "routing_rules", "direction IN ('incoming', 'outgoing')")
    op.create_check_constraint("outgoing", "routing_rules", _OUT)
    op.add_column("payment_attempts", sa.Column("recheck_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_payment_attempts_recheck",
        "payment_attempts",
        ["business_id", "recheck_at"],
        postgresql_where=sa.text("recheck_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_column("payment_attempts", "recheck_at")
    op.execute("DELETE FROM routing_rules WHERE direction = 'outgoing'")
    op.drop_column("routing_rules", "direction")
