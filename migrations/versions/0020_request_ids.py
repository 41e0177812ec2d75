"""Rows know the request that caused them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TABLES = (
    "outbox_events",
    "channel_exchanges",
    "channel_notices",
    "mails",
    "bulk_runs",
    "exports",
    "product_imports",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in _TABLES:
        op.add_column(table, sa.Column("request_id", sa.UUID()))
    op.add_column("state_changes", sa.Column("request_tag", sa.LargeBinary()))


def downgrade() -> None:
    op.drop_column("state_changes", "request_tag")
    for table in reversed(_TABLES):
        op.drop_column(table, "request_id")
