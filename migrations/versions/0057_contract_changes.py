"""Changes of running contracts: plan, quantity and calendar, with the credit that they give."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key
from app.core.money import MAX_MINOR

revision = "0057"
down_revision = "0055"
branch_labels = None
depends_on = None

_MAILS = "'contract_signed', 'contract_reminder', 'contract_refused'"
_LATER = "'contract_cancelled', 'contract_ended'"
_CREDIT = f"credit_minor BETWEEN 0 AND {MAX_MINOR}"
_CUT = "cut_at IS NULL OR (cut_at >= starts_at AND cut_at < ends_at)"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("plans", sa.Column("change_group", sa.Text()))
    op.create_check_constraint("change_group", "plans", "change_group IS NULL OR change_group <> ''")
    op.add_column("contracts", sa.Column("credit_minor", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_check_constraint("credit", "contracts", _CREDIT)
    op.add_column("contract_cycles", sa.Column("credit_minor", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("contract_cycles", sa.Column("cut_at", sa.DateTime(timezone=True)))
    op.create_check_constraint("credit", "contract_cycles", _CREDIT)
    op.create_check_constraint("cut", "contract_cycles", _CUT)
    _mails(f"{_MAILS}, 'contract_changed', {_LATER}")
    _changes()
    for statement in guards.of(Base, "contract_changes"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("contract_changes")
    op.execute("DELETE FROM mails WHERE kind = 'contract_changed'")
    _mails(f"{_MAILS}, {_LATER}")
    op.drop_constraint(op.f("ck_contract_cycles_cut"), "contract_cycles")
    op.drop_constraint(op.f("ck_contract_cycles_credit"), "contract_cycles")
    op.drop_column("contract_cycles", "cut_at")
    op.drop_column("contract_cycles", "credit_minor")
    op.drop_constraint(op.f("ck_contracts_credit"), "contracts")
    op.drop_column("contracts", "credit_minor")
    op.drop_constraint(op.f("ck_plans_change_group"), "plans")
    op.drop_column("plans", "change_group")


def _mails(kinds: str) -> None:
    op.drop_constraint(op.f("ck_mails_kind"), "mails")
    rule = f"kind IN ('receipt', 'refund', 'code', 'statement', 'parcel', {kinds})"
    op.create_check_constraint(op.f("ck_mails_kind"), "mails", rule)


def _changes() -> None:
    moment, amount = sa.DateTime(timezone=True), sa.BigInteger
    op.create_table(
        "contract_changes",
        *tenant_columns(),
        sa.Column("contract_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("from_plan_id", sa.UUID(), nullable=False),
        sa.Column("from_quantity", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.UUID(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_minor", amount(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("anchor_day", sa.Integer()),
        sa.Column("effective_at", moment, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.Column("cycle_number", sa.Integer(), nullable=False),
        sa.Column("new_anchor_at", moment, nullable=False),
        sa.Column("new_anchor_number", sa.Integer(), nullable=False),
        sa.Column("new_anchor_day", sa.Integer()),
        sa.Column("charge_minor", amount(), nullable=False),
        sa.Column("credit_minor", amount(), nullable=False),
        sa.Column("used_minor", amount(), nullable=False),
        sa.Column("due_minor", amount(), nullable=False),
        sa.Column("order_id", sa.UUID()),
        sa.Column("failure_code", sa.Text()),
        sa.Column("decided_at", moment),
        tenant_key("contracts", "contract_id"),
        tenant_key("plans", "plan_id"),
        tenant_key("plans", "from_plan_id"),
        tenant_key("orders", "order_id"),
        sa.CheckConstraint("status IN ('scheduled', 'charging', 'applied', 'cancelled', 'failed')", name="status"),
        sa.CheckConstraint("at IN ('now', 'period_end')", name="at"),
        sa.CheckConstraint("quantity > 0 AND from_quantity > 0 AND cycle_number >= 0", name="positive"),
        sa.CheckConstraint("anchor_day IS NULL OR anchor_day BETWEEN 1 AND 31", name="anchor_day"),
        sa.CheckConstraint(
            "charge_minor >= 0 AND credit_minor >= 0 AND used_minor >= 0 AND due_minor >= 0 AND unit_minor >= 0",
            name="amounts",
        ),
        sa.CheckConstraint("charge_minor = used_minor + due_minor", name="sum"),
        sa.CheckConstraint("status NOT IN ('charging') OR order_id IS NOT NULL", name="order"),
        sa.CheckConstraint("(status IN ('applied', 'cancelled', 'failed')) = (decided_at IS NOT NULL)", name="decided"),
        sa.Index(
            "uq_contract_changes_open",
            "business_id",
            "contract_id",
            unique=True,
            postgresql_where=sa.text("status IN ('scheduled', 'charging')"),
        ),
        sa.Index("uq_contract_changes_order", "business_id", "order_id", unique=True),
        sa.Index("ix_contract_changes_created", "business_id", "contract_id", "created_at", "id"),
    )
