"""Links to checkout sessions that let one browser in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("checkout_sessions", sa.Column("link_openings", sa.Integer(), server_default="0", nullable=False))
    op.add_column("checkout_sessions", sa.Column("link_reusable", sa.Boolean(), server_default="false", nullable=False))
    for column in ("link_openings", "link_reusable"):
        op.alter_column("checkout_sessions", column, server_default=None)


def downgrade() -> None:
    op.drop_column("checkout_sessions", "link_reusable")
    op.drop_column("checkout_sessions", "link_openings")
