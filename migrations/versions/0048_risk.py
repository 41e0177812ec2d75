"""Risk: lists, rule sets, and what they decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_KINDS = (
    "'refund', 'payout', 'withdrawal', 'transfer', 'top_up', 'points', 'membership', 'channel', 'transition', 'limits',"
    " 'erasure', 'closure', 'bank_transfer', 'payment_order', 'settlement', 'adjustment', 'business_erasure'"
)
_TABLES = ("risk_entries", "risk_rule_sets", "risk_decisions")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _approve("'split_rule', 'partner_payee', 'settlement_batch', 'risk_rules'")
    op.create_table(
        "risk_entries",
        *tenant_columns(),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("list_name IN ('allow', 'watch', 'block')", name="list_name"),
        sa.CheckConstraint("kind IN ('buyer', 'email', 'email_domain', 'phone', 'address', 'device')", name="kind"),
        sa.CheckConstraint("source IN ('portal', 'api', 'file')", name="source"),
        sa.Index("uq_risk_entries_key", "business_id", "key", "list_name", unique=True),
        sa.Index("ix_risk_entries_created", "business_id", "created_at", "id"),
        sa.Index("ix_risk_entries_value", "business_id", "value"),
    )
    _rule_sets()
    _decisions()
    for statement in guards.of(Base, *_TABLES):
        op.execute(statement)


def _rule_sets() -> None:
    op.create_table(
        "risk_rule_sets",
        *tenant_columns(),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("block_at", sa.BigInteger()),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("approval_id", sa.UUID()),
        tenant_key("approvals", "approval_id"),
        sa.CheckConstraint("status IN ('draft', 'shadow', 'on', 'retired')", name="status"),
        sa.CheckConstraint("status <> 'on' OR approval_id IS NOT NULL", name="approved"),
        sa.Index("uq_risk_rule_sets_number", "business_id", "number", unique=True),
        sa.Index("uq_risk_rule_sets_on", "business_id", unique=True, postgresql_where=sa.text("status = 'on'")),
        sa.Index("uq_risk_rule_sets_shadow", "business_id", unique=True, postgresql_where=sa.text("status = 'shadow'")),
        sa.Index("ix_risk_rule_sets_tried", "business_id", postgresql_where=sa.text("status IN ('shadow', 'on')")),
        sa.Index("ix_risk_rule_sets_created", "business_id", "created_at", "id"),
    )


def _decisions() -> None:
    op.create_table(
        "risk_decisions",
        *tenant_columns(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("attempt_id", sa.UUID(), nullable=False),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text()),
        sa.Column("device_key", sa.Text()),
        sa.Column("buyer_ip", sa.Text()),
        sa.Column("address_hash", sa.BigInteger()),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("entry_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("rule_set_id", sa.UUID()),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("fired", postgresql.JSONB(), nullable=False),
        sa.Column("shadow_set_id", sa.UUID()),
        sa.Column("shadow_result", sa.Text()),
        sa.Column("shadow_score", sa.Integer(), nullable=False),
        sa.Column("shadow_fired", postgresql.JSONB(), nullable=False),
        tenant_key("orders", "order_id"),
        tenant_key("risk_rule_sets", "rule_set_id"),
        tenant_key("risk_rule_sets", "shadow_set_id"),
        sa.CheckConstraint("result IN ('allow', 'block')", name="result"),
        sa.CheckConstraint("shadow_result IN ('allow', 'block')", name="shadow_result"),
        sa.CheckConstraint("(shadow_set_id IS NULL) = (shadow_result IS NULL)", name="shadow"),
        sa.CheckConstraint("rule_set_id IS NOT NULL OR result = 'allow'", name="without_rules"),
        sa.Index("ix_risk_decisions_created", "business_id", "created_at", "id"),
        sa.Index(
            "ix_risk_decisions_entries",
            "entry_ids",
            postgresql_using="gin",
            postgresql_where=sa.text("entry_ids <> '{}'"),
        ),
        sa.Index("ix_risk_decisions_order", "business_id", "order_id"),
        sa.Index("ix_risk_decisions_buyer", "business_id", "buyer_reference", "created_at"),
        *(
            sa.Index(
                f"ix_risk_decisions_{name}",
                "business_id",
                column,
                "created_at",
                postgresql_where=sa.text(f"{column} IS NOT NULL"),
            )
            for name, column in (("email", "email_key"), ("address", "address_hash"), ("device", "device_key"))
        ),
    )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
    _approve("'split_rule', 'partner_payee', 'settlement_batch'")


def _approve(kinds: str) -> None:
    name = op.f("ck_approvals_kind")
    op.drop_constraint(name, "approvals")
    op.create_check_constraint(name, "approvals", f"kind IN ({_KINDS}, {kinds})")
