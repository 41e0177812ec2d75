"""A closed business can be erased: its approval, and the function that puts pseudonyms in the place of people."""

from __future__ import annotations

from alembic import op

from app.core.db import erasing

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_KINDS = (
    "kind IN ('refund', 'payout', 'withdrawal', 'transfer', 'top_up', 'points', 'membership', 'channel',"
    " 'transition', 'limits', 'erasure', 'closure', 'bank_transfer', 'payment_order', 'settlement', 'adjustment'{})"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _set_kinds(", 'business_erasure'")
    for statement in erasing.functions_of_businesses():
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION bursar_erase_all(uuid, text, text, uuid, int)")
    _set_kinds("")


def _set_kinds(more: str) -> None:
    name = op.f("ck_approvals_kind")
    op.drop_constraint(name, "approvals")
    op.create_check_constraint(name, "approvals", _KINDS.format(more))
