"""A business says which cases are urgent, and who is alerted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_COLUMNS = ("urgent_cases", "case_recipients")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for column in _COLUMNS:
        op.add_column("businesses", sa.Column(column, postgresql.JSONB(), nullable=False, server_default="[]"))


def downgrade() -> None:
    for column in _COLUMNS:
        op.drop_column("businesses", column)
