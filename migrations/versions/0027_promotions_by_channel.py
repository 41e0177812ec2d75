"""Promotions for some ways to pay only, and the orders whose price depends on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLES = ("promotions", "orders")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("channels", postgresql.JSONB(), nullable=False, server_default="[]"))
        op.alter_column(table, "channels", server_default=None)


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "channels")
