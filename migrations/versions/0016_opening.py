"""Businesses say who they are by law, may be suspended and closed; accounts when their company was last reached."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import SYSTEM_ROLE

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TEXTS = ("legal_name", "legal_address", "country", "tax_number", "support_phone", "receipt_footer")
LISTS = ("languages", "currencies")
MOMENTS = ("activated_at", "suspended_at", "closed_at", "erased_at")
CHECKS = {
    "country": "country ~ '^[A-Z]{2}$'",
    "suspended": "suspended IN ('read_only', 'no_new_payments')",
    "suspended_why": "(suspended IS NULL) = (suspended_reason IS NULL)"
    " AND (suspended IS NULL) = (suspended_at IS NULL)",
    "erased": "erased_at IS NULL OR closed_at IS NOT NULL",
}
_KINDS = (
    "kind IN ('refund', 'payout', 'withdrawal', 'transfer', 'top_up', 'points', 'channel', 'transition',"
    " 'limits', 'erasure'{})"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in TEXTS:
        op.add_column("businesses", sa.Column(name, sa.Text()))
    for name in LISTS:
        op.add_column("businesses", sa.Column(name, postgresql.JSONB(), nullable=False, server_default="[]"))
    op.add_column("businesses", sa.Column("suspended", sa.Text()))
    op.add_column("businesses", sa.Column("suspended_reason", sa.Text()))
    for name in MOMENTS:
        op.add_column("businesses", sa.Column(name, sa.DateTime(timezone=True)))
    decides_alone = sa.Column("decides_alone", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("businesses", decides_alone)
    op.create_index("uq_businesses_twin", "businesses", ["twin_id"], unique=True)
    for name, condition in CHECKS.items():
        op.create_check_constraint(name, "businesses", condition)
    op.add_column("channel_accounts", sa.Column("connected_at", sa.DateTime(timezone=True)))
    approval_limits = sa.Column("approval_limits", postgresql.JSONB(), nullable=False, server_default="{}")
    op.add_column("api_keys", approval_limits)
    _approve(_KINDS.format(", 'closure'"))
    # What was live before there was a checklist stays so.
    op.execute(f"SET LOCAL ROLE {SYSTEM_ROLE}")
    op.execute("UPDATE businesses SET activated_at = now() WHERE mode = 'live'")
    op.execute("RESET ROLE")


def _approve(kinds: str) -> None:
    op.drop_constraint("kind", "approvals", type_="check")
    op.create_check_constraint("kind", "approvals", kinds)


def downgrade() -> None:
    _approve(_KINDS.format(""))
    op.drop_column("api_keys", "approval_limits")
    op.drop_column("channel_accounts", "connected_at")
    for name in CHECKS:
        op.drop_constraint(name, "businesses", type_="check")
    op.drop_index("uq_businesses_twin", "businesses")
    for name in ("decides_alone", *MOMENTS, "suspended_reason", "suspended", *LISTS, *TEXTS):
        op.drop_column("businesses", name)
