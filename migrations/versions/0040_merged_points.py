"""Points may come from a buyer who was merged into another one; who paid is made a buyer after the fact."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_KINDS = "kind IN ('earned', 'granted', 'spent', 'clawed_back', 'collected'{})"
_SIGN = "{}(change > 0) = (kind IN ('earned', 'granted'))"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _set(", 'merged'", "kind = 'merged' OR ")
    op.create_table(
        "buyer_progress",
        sa.Column("business_id", postgresql.UUID(), primary_key=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
    for statement in guards.of(Base, "buyer_progress"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("buyer_progress")
    _set("", "")


def _set(kind: str, sign: str) -> None:
    for name, condition in (("kind", _KINDS.format(kind)), ("sign", _SIGN.format(sign))):
        constraint = op.f(f"ck_points_entries_{name}")
        op.drop_constraint(constraint, "points_entries")
        op.create_check_constraint(constraint, "points_entries", condition)
