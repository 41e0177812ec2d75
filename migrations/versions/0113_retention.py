"""How long a business keeps which kind of personal data, how far it was removed, and who agreed to an erasing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import erasing, guards

revision = "0113"
down_revision = "0112"
branch_labels = None
depends_on = None

_JSON = postgresql.JSONB()
_KINDS = ("refund", "payout", "withdrawal", "transfer", "top_up", "points", "channel", "move", "limits")
_FUNCTION = "bursar_forget(uuid, text, text[], uuid[])"


def upgrade() -> None:
    op.add_column("businesses", sa.Column("retention", _JSON, nullable=False, server_default="{}"))
    op.alter_column("businesses", "retention", server_default=None)
    op.create_table(
        "retention_progress",
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=True),
        *(sa.Column(name, _JSON, nullable=False) for name in ("through", "rows")),
        sa.PrimaryKeyConstraint("business_id", name=op.f("pk_retention_progress")),
    )
    # Who is being erased is kept sealed until it is done. What was begun and left before has no names to go on with:
    # it counts as done, and is asked for again.
    op.drop_constraint(op.f("ck_erasures_forgotten"), "erasures", type_="check")
    op.add_column("erasures", sa.Column("sealed", _JSON, nullable=False, server_default="{}"))
    op.alter_column("erasures", "sealed", server_default=None)
    _every_row("UPDATE erasures SET finished_at = created_at WHERE finished_at IS NULL")
    op.drop_column("erasures", "subject_hash")
    op.create_check_constraint(
        op.f("ck_erasures_forgotten"), "erasures", "(finished_at IS NULL) = (sealed <> '{}'::jsonb)"
    )
    # What was erased before was erased by whoever asked alone.
    op.add_column("erasures", sa.Column("agreed", sa.Text(), nullable=False, server_default="alone"))
    op.add_column("erasures", sa.Column("approval_id", sa.UUID(), nullable=True))
    op.alter_column("erasures", "agreed", server_default=None)
    op.create_check_constraint(op.f("ck_erasures_agreed"), "erasures", "agreed IN ('approved', 'alone', 'operator')")
    op.create_check_constraint(
        op.f("ck_erasures_approved"), "erasures", "(agreed = 'approved') = (approval_id IS NOT NULL)"
    )
    _kinds(*_KINDS, "erasure")
    for statement in (*guards.tenant_table("retention_progress"), *erasing.forgetting()):
        op.execute(statement)


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {_FUNCTION}")
    op.execute("ALTER TABLE approvals NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM approvals WHERE kind = 'erasure'")
    op.execute("ALTER TABLE approvals FORCE ROW LEVEL SECURITY")
    _kinds(*_KINDS)
    op.drop_constraint(op.f("ck_erasures_forgotten"), "erasures", type_="check")
    op.add_column("erasures", sa.Column("subject_hash", sa.Text(), nullable=False, server_default=""))
    op.alter_column("erasures", "subject_hash", server_default=None)
    for name in ("approval_id", "agreed", "sealed"):
        op.drop_column("erasures", name)
    op.create_check_constraint(op.f("ck_erasures_forgotten"), "erasures", "finished_at IS NULL OR subject_hash = ''")
    op.drop_table("retention_progress")
    op.drop_column("businesses", "retention")


def _kinds(*kinds: str) -> None:
    op.drop_constraint(op.f("ck_approvals_kind"), "approvals", type_="check")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("ck_approvals_kind"), "approvals", f"kind IN ({listed})")


def _every_row(statement: str) -> None:
    """The owner sees every business's rows only while row-level security does not hold for it."""
    op.execute("ALTER TABLE erasures NO FORCE ROW LEVEL SECURITY")
    op.execute(statement)
    op.execute("ALTER TABLE erasures FORCE ROW LEVEL SECURITY")
