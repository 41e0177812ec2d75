"""Settings that code decided: closing by hand, return addresses, breakers, alerts; and what opened a business."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_LISTS = ("close_roles", "return_origins", "alert_defaults")
_NUMBERS = {"breaker_failures": "8", "breaker_query_failures": "8", "breaker_pause_s": "15"}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in _LISTS:
        op.add_column("businesses", sa.Column(name, JSONB(), nullable=False, server_default="[]"))
    op.add_column("businesses", sa.Column("close_while_paying", sa.Boolean(), nullable=False, server_default=sa.true()))
    for name, value in _NUMBERS.items():
        op.add_column("businesses", sa.Column(name, sa.Integer(), nullable=False, server_default=value))
    op.add_column("businesses", sa.Column("return_url", sa.Text()))
    op.add_column("businesses", sa.Column("opening_hash", sa.Text()))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in (*_LISTS, "close_while_paying", *_NUMBERS, "return_url", "opening_hash"):
        op.drop_column("businesses", name)
