"""A buyer's telephone number, by which orders are found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("checkout_sessions", "orders"):
        op.add_column(table, sa.Column("buyer_phone", sa.Text(), nullable=True))
    op.create_index(
        "ix_orders_phone", "orders", ["business_id", "buyer_phone"], postgresql_where=sa.text("buyer_phone IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_orders_phone", "orders")
    for table in ("orders", "checkout_sessions"):
        op.drop_column(table, "buyer_phone")
