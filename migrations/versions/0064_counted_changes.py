"""Roles and appearances count their changes, so that of two edits at once the second is refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("roles", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("businesses", sa.Column("appearance_version", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("businesses", "appearance_version")
    op.drop_column("roles", "version")
