"""Orders without an e-mail address leave the index of addresses."""

from __future__ import annotations

from alembic import op

revision = "0052"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_orders_email", table_name="orders")
    op.create_index(
        "ix_orders_email", "orders", ["business_id", "buyer_email"], postgresql_where="buyer_email IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_index("ix_orders_email", table_name="orders")
    op.create_index("ix_orders_email", "orders", ["business_id", "buyer_email"])
