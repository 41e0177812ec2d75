"""Gifts to wallets and points given by hand may take two people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0112"
down_revision = "0111"
branch_labels = None
depends_on = None

_MONEY = "'refund', 'payout', 'withdrawal', 'transfer'"
_OTHERS = "'channel', 'move', 'limits'"
_INDEX = "ix_points_entries_granted"


def upgrade() -> None:
    _constrain(f"{_MONEY}, 'top_up'", f"{_MONEY}, 'top_up', 'points', {_OTHERS}")
    op.create_index(
        _INDEX, "points_entries", ["business_id", "created_at"], postgresql_where=sa.text("kind = 'granted'")
    )


def downgrade() -> None:
    op.drop_index(_INDEX, "points_entries")
    op.execute("DELETE FROM approvals WHERE kind IN ('top_up', 'points')")
    _constrain(_MONEY, f"{_MONEY}, {_OTHERS}")


def _constrain(money: str, kinds: str) -> None:
    for name, rule in (
        ("kind", f"kind IN ({kinds})"),
        ("amount", f"amount_minor IS NOT NULL AND currency IS NOT NULL OR kind NOT IN ({money})"),
    ):
        op.drop_constraint(op.f(f"ck_approvals_{name}"), "approvals")
        op.create_check_constraint(op.f(f"ck_approvals_{name}"), "approvals", rule)
