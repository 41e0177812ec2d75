"""Partners, split rules with versions, and clearing entries; orders say when they are cleared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_KINDS = (
    "kind IN ('refund', 'payout', 'withdrawal', 'transfer', 'top_up', 'points', 'membership', 'channel',"
    " 'transition', 'limits', 'erasure', 'closure', 'bank_transfer', 'payment_order', 'settlement',"
    " 'adjustment', 'business_erasure'{})"
)
_TABLES = ("partners", "split_rules", "split_rule_versions", "clearing_entries")
_SUBJECTS = ("seller_id", "category_id", "product_id", "sku_id")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _set_kinds(", 'split_rule'")
    op.add_column("businesses", sa.Column("clears_on", sa.Text(), nullable=False, server_default="completion"))
    op.create_check_constraint("clears_on", "businesses", "clears_on IN ('completion', 'payment')")
    op.add_column("orders", sa.Column("clears_on", sa.Text()))
    op.create_check_constraint("clears_on", "orders", "clears_on IN ('completion', 'payment')")
    _create_partners()
    _create_rules()
    _create_entries()
    for table in _TABLES:
        for statement in guards.of(Base, table):
            op.execute(statement)


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
    op.drop_column("orders", "clears_on")
    op.drop_column("businesses", "clears_on")
    _set_kinds("")


def _set_kinds(more: str) -> None:
    name = op.f("ck_approvals_kind")
    op.drop_constraint(name, "approvals")
    op.create_check_constraint(name, "approvals", _KINDS.format(more))


def _create_partners() -> None:
    op.create_table(
        "partners",
        *tenant_columns(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text()),
        sa.Column("seller_id", sa.UUID()),
        sa.Column("email", sa.Text()),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        tenant_key("sellers", "seller_id"),
        sa.CheckConstraint("status IN ('active', 'suspended', 'closed')", name="status"),
        sa.CheckConstraint("kind IN ('platform', 'seller', 'author', 'affiliate', 'tax', 'other')", name="kind"),
        sa.Index("uq_partners_reference", "business_id", "reference", unique=True),
        sa.Index("uq_partners_seller", "business_id", "seller_id", unique=True),
        sa.Index("ix_partners_created", "business_id", "created_at", "id"),
        sa.Index("ix_partners_status", "business_id", "status", "created_at", "id"),
    )


def _create_rules() -> None:
    op.create_table(
        "split_rules",
        *tenant_columns(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        *(sa.Column(name, sa.UUID()) for name in _SUBJECTS),
        tenant_key("sellers", "seller_id"),
        tenant_key("categories", "category_id"),
        tenant_key("products", "product_id"),
        tenant_key("skus", "sku_id"),
        sa.CheckConstraint("scope IN ('business', 'seller', 'category', 'product', 'sku')", name="scope"),
        sa.CheckConstraint(
            "num_nonnulls(seller_id, category_id, product_id, sku_id) = (scope <> 'business')::int"
            " AND (scope <> 'seller' OR seller_id IS NOT NULL) AND (scope <> 'category' OR category_id IS NOT NULL)"
            " AND (scope <> 'product' OR product_id IS NOT NULL) AND (scope <> 'sku' OR sku_id IS NOT NULL)",
            name="subject",
        ),
        sa.Index(
            "uq_split_rules_subject",
            "business_id",
            "scope",
            *_SUBJECTS,
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        sa.Index("ix_split_rules_created", "business_id", "created_at", "id"),
    )
    op.create_table(
        "split_rule_versions",
        *tenant_columns(),
        sa.Column("rule_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True)),
        sa.Column("starts_at", sa.DateTime(timezone=True)),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("approval_id", sa.UUID()),
        tenant_key("split_rules", "rule_id"),
        tenant_key("approvals", "approval_id"),
        sa.CheckConstraint(
            "status IN ('draft', 'requested', 'in_force', 'superseded', 'rejected', 'discarded')", name="status"
        ),
        sa.CheckConstraint("(status IN ('in_force', 'superseded')) = (starts_at IS NOT NULL)", name="started"),
        sa.CheckConstraint("(status = 'superseded') = (ends_at IS NOT NULL)", name="ended"),
        sa.CheckConstraint("ends_at >= starts_at", name="order"),
        sa.Index("uq_split_rule_versions_number", "business_id", "rule_id", "number", unique=True),
        *(
            sa.Index(
                f"uq_split_rule_versions_{name}",
                "business_id",
                "rule_id",
                unique=True,
                postgresql_where=sa.text(where),
            )
            for name, where in (("open", "status IN ('draft', 'requested')"), ("current", "status = 'in_force'"))
        ),
        sa.Index("ix_split_rule_versions_times", "business_id", "rule_id", "starts_at"),
    )


def _create_entries() -> None:
    op.create_table(
        "clearing_entries",
        *tenant_columns(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("line_id", sa.UUID(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.UUID()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.UUID(), nullable=False),
        sa.Column("rule_version_id", sa.UUID()),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("bps", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("journal_id", sa.UUID()),
        tenant_key("orders", "order_id"),
        tenant_key("order_lines", "line_id"),
        tenant_key("partners", "partner_id"),
        tenant_key("split_rule_versions", "rule_version_id"),
        tenant_key("ledger_journals", "journal_id"),
        sa.CheckConstraint("kind IN ('share', 'fee', 'share_reversed', 'fee_reversed')", name="kind"),
        sa.CheckConstraint("party = coalesce(partner_id::text, 'business')", name="party"),
        sa.Index("uq_clearing_entries_once", "business_id", "line_id", "cause_id", "kind", "party", unique=True),
        sa.Index("ix_clearing_entries_order", "business_id", "order_id", "id"),
        sa.Index(
            "ix_clearing_entries_partner",
            "business_id",
            "partner_id",
            "currency",
            "created_at",
            "id",
            postgresql_where=sa.text("partner_id IS NOT NULL"),
        ),
        sa.Index("ix_clearing_entries_created", "business_id", "created_at", "id"),
    )
