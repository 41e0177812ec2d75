"""Find the approvals of one order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    some = sa.text("subject_id IS NOT NULL")
    op.create_index("ix_approvals_subject", "approvals", ["business_id", "subject_id"], postgresql_where=some)


def downgrade() -> None:
    op.drop_index("ix_approvals_subject", table_name="approvals")
