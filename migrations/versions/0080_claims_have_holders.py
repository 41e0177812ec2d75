"""Who holds the claim of an Idempotency-Key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0076"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("idempotency_keys", sa.Column("held_by", sa.UUID(), nullable=True))


def downgrade() -> None:
    op.drop_column("idempotency_keys", "held_by")
