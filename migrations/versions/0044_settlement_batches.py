"""Partners have terms and an account; what they are owed is closed into batches and paid out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_KINDS = (
    "kind IN ('refund', 'payout', 'withdrawal', 'transfer', 'top_up', 'points', 'membership', 'channel',"
    " 'transition', 'limits', 'erasure', 'closure', 'bank_transfer', 'payment_order', 'settlement',"
    " 'adjustment', 'business_erasure', 'split_rule'{})"
)
_TABLES = ("settlement_batches", "settlement_items")
_OF_PARTNERS = {
    "cycle": "cycle IN ('on_demand', 'daily', 'weekly', 'monthly')",
    "settles": "(cycle = 'on_demand') = (settles_at IS NULL)",
    "hold": "hold_days BETWEEN 0 AND 180",
    "payee": "num_nulls(payee_name, payee_account, payee_hint, payee_usable_at) IN (0, 4)",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _set_kinds(", 'partner_payee', 'settlement_batch'")
    for column in (
        sa.Column("cycle", sa.Text(), nullable=False, server_default="on_demand"),
        sa.Column("day", sa.Integer()),
        sa.Column("hold_days", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("minimum", postgresql.JSONB(), nullable=False, server_default="{}"),
        sa.Column("settles_at", sa.DateTime(timezone=True)),
        sa.Column("payee_name", sa.Text()),
        sa.Column("payee_account", sa.Text()),
        sa.Column("payee_hint", sa.Text()),
        sa.Column("payee_usable_at", sa.DateTime(timezone=True)),
    ):
        op.add_column("partners", column)
    for name in ("cycle", "hold_days", "minimum"):
        op.alter_column("partners", name, server_default=None)
    for name, condition in _OF_PARTNERS.items():
        op.create_check_constraint(name, "partners", condition)
    op.create_index(
        "ix_partners_settles", "partners", ["settles_at"], postgresql_where=sa.text("settles_at IS NOT NULL")
    )
    for statement in guards.renewed(Base, op.get_bind(), "partners"):
        op.execute(statement)
    op.add_column("payment_transactions", sa.Column("partner_id", sa.UUID()))
    op.create_foreign_key(
        op.f("fk_payment_transactions_business_id_partners"),
        "payment_transactions",
        "partners",
        ["business_id", "partner_id"],
        ["business_id", "id"],
    )
    op.create_check_constraint("partner", "payment_transactions", "partner_id IS NULL OR kind = 'payout'")
    _create_batches()
    for table in _TABLES:
        for statement in guards.of(Base, table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
    op.drop_column("payment_transactions", "partner_id")
    op.drop_index("ix_partners_settles")
    for name in _OF_PARTNERS:
        op.drop_constraint(op.f(f"ck_partners_{name}"), "partners")
    for name in (
        *("cycle", "day", "hold_days", "minimum", "settles_at"),
        *("payee_name", "payee_account", "payee_hint", "payee_usable_at"),
    ):
        op.drop_column("partners", name)
    _set_kinds("")


def _set_kinds(more: str) -> None:
    name = op.f("ck_approvals_kind")
    op.drop_constraint(name, "approvals")
    op.create_check_constraint(name, "approvals", _KINDS.format(more))


def _create_batches() -> None:
    op.create_table(
        "settlement_batches",
        *tenant_columns(),
        sa.Column("partner_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("cut_off_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_count", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.UUID()),
        sa.Column("transaction_id", sa.UUID()),
        sa.Column("tries", sa.Integer(), nullable=False),
        tenant_key("partners", "partner_id"),
        tenant_key("approvals", "approval_id"),
        tenant_key("payment_transactions", "transaction_id"),
        sa.CheckConstraint("status IN ('closed', 'approved', 'paying', 'paid', 'failed', 'returned')", name="status"),
        sa.CheckConstraint("total_minor BETWEEN 1 AND 99999999999 AND entry_count > 0", name="total"),
        sa.CheckConstraint(
            "(status IN ('paying', 'paid', 'failed', 'returned')) <= (transaction_id IS NOT NULL)", name="transaction"
        ),
        sa.CheckConstraint("(transaction_id IS NOT NULL) = (tries > 0)", name="tries"),
        sa.Index("uq_settlement_batches_number", "business_id", "partner_id", "number", unique=True),
        sa.Index(
            "uq_settlement_batches_transaction",
            "business_id",
            "transaction_id",
            unique=True,
            postgresql_where=sa.text("transaction_id IS NOT NULL"),
        ),
        sa.Index("ix_settlement_batches_created", "business_id", "created_at", "id"),
        sa.Index("ix_settlement_batches_status", "business_id", "status", "created_at", "id"),
    )
    op.create_table(
        "settlement_items",
        *tenant_columns(),
        sa.Column("batch_id", sa.UUID(), nullable=False),
        tenant_key("clearing_entries", "id"),
        tenant_key("settlement_batches", "batch_id"),
        sa.Index("ix_settlement_items_batch", "business_id", "batch_id", "id"),
    )
