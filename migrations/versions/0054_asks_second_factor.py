"""A business may ask its people for a second factor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    asks = sa.Column("asks_second_factor", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("businesses", asks)
    op.alter_column("businesses", "asks_second_factor", server_default=None)


def downgrade() -> None:
    op.drop_column("businesses", "asks_second_factor")
