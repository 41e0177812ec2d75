"""Cases become one inbox: money at risk, assignee, snooze, escalation, who resolved them and why, and activities."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import SYSTEM_ROLE, Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_RESOLVED = "resolved_at IS NOT NULL AND resolved_by IS NOT NULL AND resolution <> ''"
# What is known of cases from before: the attempt's, refund's or transfer's amount, and how they ended.
_MONEY = """
UPDATE cases c SET amount_minor = s.amount_minor, currency = s.currency FROM (
    SELECT business_id, id, amount_minor, currency FROM payment_attempts
    UNION ALL SELECT business_id, id, amount_minor, currency FROM payment_transactions
    UNION ALL SELECT business_id, id, amount_minor, currency FROM bank_transfers) s
WHERE s.business_id = c.business_id AND s.id = c.subject_id
"""
_ENDS = """
UPDATE cases c SET resolved_at = s.created_at, resolved_by = s.actor, cleared_at = s.created_at,
    resolution = coalesce(nullif(s.reason, ''), 'resolved')
FROM state_changes s WHERE c.status = 'resolved' AND s.business_id = c.business_id AND s.row_id = c.id
    AND s.to_state = 'resolved'
"""
_AGES = "UPDATE cases SET escalates_at = now() + interval '1 day' WHERE status = 'open'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for column in (
        sa.Column("revision", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("amount_minor", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("assignee_id", sa.UUID(), sa.ForeignKey("users.id")),
        sa.Column("snoozed_until", sa.DateTime(timezone=True)),
        sa.Column("escalation", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("escalates_at", sa.DateTime(timezone=True)),
        sa.Column("cleared_at", sa.DateTime(timezone=True)),
        sa.Column("resolved_at", sa.DateTime(timezone=True)),
        sa.Column("resolved_by", sa.Text()),
        sa.Column("resolution", sa.Text(), nullable=False, server_default=""),
    ):
        op.add_column("cases", column)
    op.execute(f"SET LOCAL ROLE {SYSTEM_ROLE}")
    for statement in (_MONEY, _ENDS, _AGES):
        op.execute(statement)
    op.execute("RESET ROLE")
    for name in ("revision", "escalation", "resolution"):
        op.alter_column("cases", name, server_default=None)
    _rules()
    op.create_table(
        "case_activities",
        *tenant_columns(),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        tenant_key("cases", "case_id"),
        sa.CheckConstraint("action IN ('comment', 'assigned', 'snoozed', 'mended', 'escalated')", name="action"),
        sa.Index("ix_case_activities_case", "business_id", "case_id", "created_at", "id"),
    )
    for statement in guards.of(Base, "case_activities"):
        op.execute(statement)


def _rules() -> None:
    resolved = f"CASE status WHEN 'resolved' THEN {_RESOLVED} ELSE resolved_at IS NULL END"
    op.create_check_constraint("resolved", "cases", resolved)
    op.create_check_constraint("money", "cases", "(amount_minor IS NULL) = (currency IS NULL)")
    for name, columns, condition in (
        ("ix_cases_created", ["business_id", "created_at", "id"], None),
        ("ix_cases_order", ["business_id", "order_id"], "order_id IS NOT NULL"),
        ("ix_cases_escalates", ["escalates_at"], "status = 'open'"),
    ):
        op.create_index(name, "cases", columns, postgresql_where=sa.text(condition) if condition else None)
    op.drop_index("ix_cases_open", "cases")
    _index("ix_cases_open", ["business_id", "created_at", "id"], "status = 'open'")
    op.drop_index("uq_cases_subject", "cases")
    _index("uq_cases_subject", ["business_id", "kind", "subject_id"], "cleared_at IS NULL", unique=True)


def _index(name: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    op.create_index(name, "cases", columns, unique=unique, postgresql_where=sa.text(condition))


def downgrade() -> None:
    """Of a kind and subject there may be several cases by now, so only one of them may be open."""
    op.drop_table("case_activities")
    for name in ("ix_cases_created", "ix_cases_order", "ix_cases_escalates", "ix_cases_open", "uq_cases_subject"):
        op.drop_index(name, "cases")
    for name in ("resolved", "money"):
        op.drop_constraint(name, "cases", type_="check")
    for name in (
        *("revision", "amount_minor", "currency", "assignee_id", "snoozed_until", "escalation", "escalates_at"),
        *("cleared_at", "resolved_at", "resolved_by", "resolution"),
    ):
        op.drop_column("cases", name)
    _index("ix_cases_open", ["business_id", "created_at"], "status = 'open'")
    _index("uq_cases_subject", ["business_id", "kind", "subject_id"], "status = 'open'", unique=True)
