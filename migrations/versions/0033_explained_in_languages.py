"""Why a promotion or a coupon took something off, kept so that it can be said in the buyer's language."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TABLES = ("promotion_uses", "coupon_uses")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("explained", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "explained")
