"""Rules decide about requests for refunds, too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

_RESULTS, _BEFORE = "'allow', 'review', 'approval', 'block'", "'allow', 'review', 'block'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("risk_decisions", sa.Column("subject", sa.Text(), nullable=False, server_default="payment"))
    op.add_column("risk_decisions", sa.Column("refund_id", sa.UUID()))
    op.alter_column("risk_decisions", "attempt_id", nullable=True)
    _results(_RESULTS)
    op.create_check_constraint(
        "subject",
        "risk_decisions",
        "subject = 'payment' AND attempt_id IS NOT NULL AND refund_id IS NULL AND result <> 'approval'"
        " OR subject = 'refund' AND refund_id IS NOT NULL AND attempt_id IS NULL AND result <> 'review'",
    )
    op.create_index(
        "uq_risk_decisions_refund",
        "risk_decisions",
        ["business_id", "refund_id"],
        unique=True,
        postgresql_where=sa.text("refund_id IS NOT NULL"),
    )


def downgrade() -> None:
    # Decisions are append-only: where one is about a refund, this stops, and nothing is lost.
    op.alter_column("risk_decisions", "attempt_id", nullable=False)
    op.drop_index("uq_risk_decisions_refund", "risk_decisions")
    op.drop_constraint(op.f("ck_risk_decisions_subject"), "risk_decisions")
    _results(_BEFORE)
    op.drop_column("risk_decisions", "refund_id")
    op.drop_column("risk_decisions", "subject")


def _results(known: str) -> None:
    for column in ("result", "shadow_result"):
        name = op.f(f"ck_risk_decisions_{column}")
        op.drop_constraint(name, "risk_decisions")
        op.create_check_constraint(name, "risk_decisions", f"{column} IN ({known})")
