"""Attempts keep by which keyed hashes the payer's means and address are recognised the next time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0111"
down_revision = "0091"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_payment_attempts_means": ("means_hash", "means_hash IS NOT NULL AND status = 'failed'"),
    "ix_payment_attempts_address": ("address_hash", "address_hash IS NOT NULL AND decided_at IS NOT NULL"),
}


def upgrade() -> None:
    for name, (column, where) in _INDEXES.items():
        op.add_column("payment_attempts", sa.Column(column, sa.BigInteger(), nullable=True))
        # Of a column that is new no row is in the index, so making it is short.
        columns = ["business_id", column, "decided_at"]
        op.create_index(name, "payment_attempts", columns, postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, (column, _) in _INDEXES.items():
        op.drop_index(name, "payment_attempts")
        op.drop_column("payment_attempts", column)
