"""How a business's panel looks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("businesses", sa.Column("appearance", JSONB(), nullable=False, server_default="{}"))
    op.alter_column("businesses", "appearance", server_default=None)


def downgrade() -> None:
    op.drop_column("businesses", "appearance")
