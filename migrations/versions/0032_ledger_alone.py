"""Settlements and adjustments that nobody else can confirm wait as approvals."""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_KINDS = (
    "kind IN ('refund', 'payout', 'withdrawal', 'transfer', 'top_up', 'points', 'channel', 'transition',"
    " 'limits', 'erasure', 'closure', 'bank_transfer', 'payment_order'{})"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _set_kinds(", 'settlement', 'adjustment'")


def downgrade() -> None:
    _set_kinds("")


def _set_kinds(more: str) -> None:
    name = op.f("ck_approvals_kind")
    op.drop_constraint(name, "approvals")
    op.create_check_constraint(name, "approvals", _KINDS.format(more))
