"""Attempts know the request that made them, and their ids are always new."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payment_attempts", sa.Column("request_id", sa.UUID(), nullable=True))


def downgrade() -> None:
    op.drop_column("payment_attempts", "request_id")
