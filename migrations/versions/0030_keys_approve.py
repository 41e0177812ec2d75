"""What a key that approved might approve in a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("approvals", sa.Column("key_limit_minor", sa.BigInteger()))


def downgrade() -> None:
    op.drop_column("approvals", "key_limit_minor")
