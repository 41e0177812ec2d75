"""Buyers are written to about their contracts; each contract knows for which cycle its buyer was reminded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_KINDS = "'contract_signed', 'contract_reminder', 'contract_refused', 'contract_cancelled', 'contract_ended'"
_REMINDED = "next_due_at IS NOT NULL AND reminded_cycle < next_cycle"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("businesses", sa.Column("charge_reminder_days", sa.Integer(), server_default="3"))
    op.add_column(
        "businesses",
        sa.Column("silent_mails", postgresql.JSONB(), nullable=False, server_default="[]"),
    )
    op.add_column("contracts", sa.Column("reminded_cycle", sa.Integer(), nullable=False, server_default="-1"))
    op.create_index(
        "ix_contracts_reminds", "contracts", ["next_due_at", "business_id"], postgresql_where=sa.text(_REMINDED)
    )
    _mails(
        f"kind IN ('receipt', 'refund', 'code', 'statement', {_KINDS})",
        "(kind IN ('receipt', 'refund')) = (order_id IS NOT NULL)",
    )


def downgrade() -> None:
    op.execute("DELETE FROM mails WHERE kind LIKE 'contract_%'")
    _mails("kind IN ('receipt', 'refund', 'code', 'statement')", "(kind IN ('code', 'statement')) = (order_id IS NULL)")
    op.drop_index("ix_contracts_reminds")
    op.drop_column("contracts", "reminded_cycle")
    op.drop_column("businesses", "silent_mails")
    op.drop_column("businesses", "charge_reminder_days")


def _mails(kinds: str, order: str) -> None:
    for name, rule in (("kind", kinds), ("order", order)):
        op.drop_constraint(op.f(f"ck_mails_{name}"), "mails")
        op.create_check_constraint(op.f(f"ck_mails_{name}"), "mails", rule)
