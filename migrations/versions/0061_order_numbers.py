"""Orders have numbers that people can say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import SYSTEM_ROLE, Base, guards

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("businesses", sa.Column("order_numbers", sa.Text(), nullable=False, server_default="random"))
    op.add_column("businesses", sa.Column("order_number_format", sa.Text(), nullable=False, server_default="{number}"))
    op.add_column("businesses", sa.Column("order_number_start", sa.BigInteger(), nullable=False, server_default="1"))
    op.create_check_constraint("order_numbers", "businesses", "order_numbers IN ('random', 'sequence')")
    op.add_column("orders", sa.Column("number", sa.Text()))
    op.execute(f"SET LOCAL ROLE {SYSTEM_ROLE}")
    # What was bought before is numbered through, from where no number that is drawn can be.
    op.execute(
        "UPDATE orders o SET number = n.number FROM (SELECT business_id, id,"
        " (100000000 + row_number() OVER (PARTITION BY business_id ORDER BY id))::text AS number FROM orders) n"
        " WHERE o.business_id = n.business_id AND o.id = n.id"
    )
    op.execute("RESET ROLE")
    op.alter_column("orders", "number", nullable=False)
    op.create_check_constraint("number", "orders", "length(number) BETWEEN 1 AND 40")
    op.create_index("uq_orders_number", "orders", ["business_id", "number"], unique=True)
    op.create_table(
        "order_counters",
        sa.Column("business_id", sa.UUID(), primary_key=True),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
    )
    for statement in guards.of(Base, "order_counters"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("order_counters")
    op.drop_index("uq_orders_number", "orders")
    op.drop_column("orders", "number")
    op.drop_constraint("order_numbers", "businesses", type_="check")
    for name in ("order_number_start", "order_number_format", "order_numbers"):
        op.drop_column("businesses", name)
