"""Who is alone decides after a waiting time: how long it is, and of an approval who proved themselves when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import SYSTEM_ROLE

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_HOURS = "alone_waits_h BETWEEN 1 AND 72"
_ALONE = (
    "(decided_alone_by IS NULL) = (second_factor_at IS NULL)"
    " AND (decided_alone_by IS NOT NULL) = coalesce(decided_by = 'system:waited', false)"
)
# Wider limits that waited before were asked for by the person who proved themselves then.
_BEFORE = (
    "UPDATE approvals SET decided_alone_by = requested_by, second_factor_at = decided_at, reminded_at = decided_at,"
    " alone_checked_at = CASE WHEN status <> 'approved' THEN not_before END WHERE decided_by = 'system:waited'"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("businesses", sa.Column("alone_waits_h", sa.Integer(), nullable=False, server_default="24"))
    op.create_check_constraint(op.f("ck_businesses_alone_waits_h"), "businesses", _HOURS)
    op.add_column("approvals", sa.Column("decided_alone_by", sa.Text()))
    for name in ("second_factor_at", "reminded_at", "alone_checked_at"):
        op.add_column("approvals", sa.Column(name, sa.DateTime(timezone=True)))
    op.execute(f"SET LOCAL ROLE {SYSTEM_ROLE}")
    op.execute(_BEFORE)
    op.execute("RESET ROLE")
    op.create_check_constraint(op.f("ck_approvals_alone"), "approvals", _ALONE)


def downgrade() -> None:
    op.drop_constraint(op.f("ck_approvals_alone"), "approvals")
    for name in ("alone_checked_at", "reminded_at", "second_factor_at", "decided_alone_by"):
        op.drop_column("approvals", name)
    op.drop_constraint(op.f("ck_businesses_alone_waits_h"), "businesses")
    op.drop_column("businesses", "alone_waits_h")
