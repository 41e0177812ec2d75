"""Orders are found by amount and by what was bought, and come by amount; views and files remember that they do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_orders_amount", "orders", ["business_id", "currency", "total_minor", "id"])
    op.create_index("ix_order_lines_product", "order_lines", ["business_id", "product_id", "sku_id", "order_id"])
    for table in ("saved_views", "exports"):
        op.add_column(table, sa.Column("by_amount", sa.Boolean(), nullable=False, server_default=sa.false()))
        op.alter_column(table, "by_amount", server_default=None)
    op.add_column("exports", sa.Column("after_minor", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("exports", "after_minor")
    for table in ("exports", "saved_views"):
        op.drop_column(table, "by_amount")
    op.drop_index("ix_order_lines_product", "order_lines")
    op.drop_index("ix_orders_amount", "orders")
