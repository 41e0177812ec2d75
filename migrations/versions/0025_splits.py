"""How orders fall into parts: the business's choice, and who sells a product."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("businesses", sa.Column("split_by", sa.Text(), nullable=False, server_default="delivery_kind"))
    op.alter_column("businesses", "split_by", server_default=None)
    op.add_column("products", sa.Column("seller", sa.Text(), nullable=False, server_default=""))
    op.alter_column("products", "seller", server_default=None)


def downgrade() -> None:
    op.drop_column("products", "seller")
    op.drop_column("businesses", "split_by")
