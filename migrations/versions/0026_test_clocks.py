"""Test clocks: a test business's own time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import SYSTEM_ROLE, Base, guards
from app.core.db.models import tenant_columns

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# By business, how many milliseconds its time is ahead; NULL when none is. One that begins to advance is there too, so
# that every process knows it before it moves.
_AHEAD = """
CREATE FUNCTION bursar_test_clocks() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
SELECT jsonb_object_agg(business_id, ahead_ms)::text FROM test_clocks WHERE ahead_ms > 0 OR status <> 'ready' $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "test_clocks",
        *tenant_columns(),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ahead_ms", sa.BigInteger(), nullable=False),
        sa.Column("target_at", sa.DateTime(timezone=True)),
        sa.Column("requested_at", sa.DateTime(timezone=True)),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("claimed_by", sa.UUID()),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.CheckConstraint("status IN ('ready', 'advancing', 'internal_failure')", name="status"),
        sa.CheckConstraint("ahead_ms >= 0", name="ahead"),
        sa.CheckConstraint("(status = 'ready') = (target_at IS NULL)", name="target"),
        sa.CheckConstraint("(target_at IS NULL) = (requested_at IS NULL)", name="requested"),
        sa.CheckConstraint("(status = 'internal_failure') = (error <> '')", name="error"),
        sa.Index("uq_test_clocks_business", "business_id", unique=True),
        sa.Index("ix_test_clocks_advancing", "business_id", postgresql_where="status = 'advancing'"),
    )
    function = "bursar_test_clocks()"
    for statement in (*guards.of(Base, "test_clocks"), _AHEAD, *guards.owned_by_finder(function)):
        op.execute(statement)
    op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {SYSTEM_ROLE}")


def downgrade() -> None:
    op.execute("DROP FUNCTION bursar_test_clocks()")
    op.drop_table("test_clocks")
