"""Rules may send a refund to the buyer's wallet."""

from __future__ import annotations

from alembic import op

revision = "0075"
down_revision = "0073"
branch_labels = None
depends_on = None

_RESULTS = "'allow', 'review', 'approval', 'wallet_only', 'block'"
_BEFORE = "'allow', 'review', 'approval', 'block'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _rules(_RESULTS, "result NOT IN ('approval', 'wallet_only')")


def downgrade() -> None:
    # Decisions are append-only: where one sends a refund to a wallet, this stops, and nothing is lost.
    _rules(_BEFORE, "result <> 'approval'")


def _rules(known: str, of_payments: str) -> None:
    rules = {
        "result": f"result IN ({known})",
        "shadow_result": f"shadow_result IN ({known})",
        "subject": f"subject = 'payment' AND attempt_id IS NOT NULL AND refund_id IS NULL AND {of_payments}"
        " OR subject = 'refund' AND refund_id IS NOT NULL AND attempt_id IS NULL AND result <> 'review'",
    }
    for short, rule in rules.items():
        name = op.f(f"ck_risk_decisions_{short}")
        op.drop_constraint(name, "risk_decisions")
        op.create_check_constraint(name, "risk_decisions", rule)
