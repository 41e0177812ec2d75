"""Let changes of channels and moves by hand wait for somebody else's approval, as money does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

MONEY = "('refund', 'payout', 'withdrawal')"
SOME = "status IN ('asked', 'approved')"


def upgrade() -> None:
    op.add_column("businesses", sa.Column("two_for_channels", sa.Boolean(), server_default="false", nullable=False))
    op.alter_column("businesses", "two_for_channels", server_default=None)
    op.add_column("approvals", sa.Column("secrets", postgresql.JSONB(), server_default="{}", nullable=False))
    op.alter_column("approvals", "secrets", server_default=None)
    op.alter_column("approvals", "amount_minor", nullable=True)
    op.alter_column("approvals", "currency", nullable=True)
    op.drop_constraint(op.f("ck_approvals_kind"), "approvals")
    kinds = "kind IN ('refund', 'payout', 'withdrawal', 'channel', 'move')"
    op.create_check_constraint(op.f("ck_approvals_kind"), "approvals", kinds)
    amount = f"amount_minor IS NOT NULL AND currency IS NOT NULL OR kind NOT IN {MONEY}"
    op.create_check_constraint(op.f("ck_approvals_amount"), "approvals", amount)
    op.create_check_constraint(op.f("ck_approvals_secrets"), "approvals", f"secrets = '{{}}'::jsonb OR {SOME}")


def downgrade() -> None:
    op.execute(f"DELETE FROM approvals WHERE kind NOT IN {MONEY}")
    op.drop_constraint(op.f("ck_approvals_secrets"), "approvals")
    op.drop_constraint(op.f("ck_approvals_amount"), "approvals")
    op.drop_constraint(op.f("ck_approvals_kind"), "approvals")
    op.create_check_constraint(op.f("ck_approvals_kind"), "approvals", f"kind IN {MONEY}")
    op.alter_column("approvals", "currency", nullable=False)
    op.alter_column("approvals", "amount_minor", nullable=False)
    op.drop_column("approvals", "secrets")
    op.drop_column("businesses", "two_for_channels")
