"""An index for the list of buyers with points."""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_points_accounts_created", "points_accounts", ["business_id", "created_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_points_accounts_created", "points_accounts")
