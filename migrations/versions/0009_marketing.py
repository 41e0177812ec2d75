"""Marketing: promotions and coupons, and where they were used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = (
    "promotions",
    "promotion_uses",
    "coupon_templates",
    "coupon_batches",
    "coupons",
    "coupon_uses",
)


def upgrade() -> None:
    _promotions()
    _promotion_uses()
    _coupon_templates()
    _coupon_batches()
    _coupons()
    _coupon_uses()
    for statement in guards.of(Base, *TABLES):
        op.execute(statement)


def _promotions() -> None:
    op.create_table(
        "promotions",
        *tenant_columns(),
        sa.Column("channels", postgresql.JSONB(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("benefit", postgresql.JSONB(), nullable=False),
        sa.Column("scope", postgresql.JSONB(), nullable=False),
        sa.Column("currency", sa.Text()),
        sa.Column("buyer_groups", postgresql.JSONB(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True)),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        sa.Column("minimum_minor", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("exclusion_group", sa.Text()),
        sa.Column("budget_minor", sa.BigInteger()),
        sa.Column("max_uses", sa.BigInteger()),
        sa.Column("max_uses_per_buyer", sa.BigInteger()),
        sa.Column("max_discount_minor", sa.BigInteger()),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("spent_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("status IN ('draft', 'active', 'paused', 'ended')", name="status"),
        sa.CheckConstraint("uses >= 0 AND (max_uses IS NULL OR uses <= max_uses)", name="uses"),
        sa.CheckConstraint("spent_minor >= 0 AND (budget_minor IS NULL OR spent_minor <= budget_minor)", name="budget"),
        sa.Index("ix_promotions_status", "business_id", "status", "created_at"),
        sa.Index("ix_promotions_created", "business_id", "created_at", "id"),
    )


def _promotion_uses() -> None:
    op.create_table(
        "promotion_uses",
        *tenant_columns(),
        sa.Column("promotion_id", sa.UUID(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("explained", postgresql.JSONB()),
        sa.Column("spent_minor", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        tenant_key("promotions", "promotion_id"),
        tenant_key("orders", "order_id"),
        sa.CheckConstraint("spent_minor > 0", name="spent"),
        sa.Index("uq_promotion_uses_order", "business_id", "order_id", "promotion_id", unique=True),
        sa.Index("ix_promotion_uses_buyer", "business_id", "promotion_id", "buyer_reference"),
    )


def _coupon_templates() -> None:
    op.create_table(
        "coupon_templates",
        *tenant_columns(),
        sa.Column("combinable", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Text()),
        sa.Column("shared_code", sa.Text()),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("valid_days", sa.Integer()),
        sa.Column("max_issued", sa.BigInteger()),
        sa.Column("max_issued_per_buyer", sa.BigInteger()),
        sa.Column("identify_by", postgresql.JSONB(), nullable=False),
        sa.Column("refund_rule", sa.Text(), nullable=False),
        sa.Column("issue_on", sa.Text(), nullable=False),
        sa.Column("issue", postgresql.JSONB(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("benefit", postgresql.JSONB(), nullable=False),
        sa.Column("scope", postgresql.JSONB(), nullable=False),
        sa.Column("currency", sa.Text()),
        sa.Column("buyer_groups", postgresql.JSONB(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True)),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        sa.Column("minimum_minor", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("exclusion_group", sa.Text()),
        sa.Column("budget_minor", sa.BigInteger()),
        sa.Column("max_uses", sa.BigInteger()),
        sa.Column("max_uses_per_buyer", sa.BigInteger()),
        sa.Column("max_discount_minor", sa.BigInteger()),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("spent_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("status IN ('draft', 'active', 'paused', 'ended')", name="status"),
        sa.CheckConstraint("refund_rule IN ('keep', 'return')", name="refund_rule"),
        sa.CheckConstraint("issue_on IN ('manual', 'first_order', 'payment', 'segment')", name="issue_on"),
        sa.CheckConstraint("(code IS NULL) = (shared_code IS NULL)", name="code"),
        sa.CheckConstraint("code IS NULL OR (issue_on = 'manual' AND valid_days IS NULL)", name="shared"),
        sa.CheckConstraint("uses >= 0 AND (max_uses IS NULL OR uses <= max_uses)", name="uses"),
        sa.CheckConstraint("spent_minor >= 0 AND (budget_minor IS NULL OR spent_minor <= budget_minor)", name="budget"),
        sa.CheckConstraint("issued >= 0 AND (max_issued IS NULL OR issued <= max_issued)", name="issued"),
        sa.Index("ix_coupon_templates_status", "business_id", "status", "created_at"),
        sa.Index("ix_coupon_templates_created", "business_id", "created_at", "id"),
        sa.Index(
            "uq_coupon_templates_code",
            "business_id",
            "code",
            unique=True,
            postgresql_where=sa.text("code IS NOT NULL AND status <> 'ended'"),
        ),
    )


def _coupon_batches() -> None:
    op.create_table(
        "coupon_batches",
        *tenant_columns(),
        sa.Column("template_id", sa.UUID(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("requested_count", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        tenant_key("coupon_templates", "template_id"),
        sa.CheckConstraint("requested_count > 0 AND made BETWEEN 0 AND requested_count", name="made"),
        sa.Index("ix_coupon_batches_template", "business_id", "template_id", "created_at"),
    )


def _coupons() -> None:
    op.create_table(
        "coupons",
        *tenant_columns(),
        sa.Column("template_id", sa.UUID(), nullable=False),
        sa.Column("batch_id", sa.UUID()),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("buyer_reference", sa.Text()),
        sa.Column("email_key", sa.Text()),
        sa.Column("device_key", sa.Text()),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("order_id", sa.UUID()),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        tenant_key("coupon_templates", "template_id"),
        tenant_key("coupon_batches", "batch_id"),
        tenant_key("orders", "order_id"),
        sa.CheckConstraint("status IN ('issued', 'reserved', 'used', 'expired', 'revoked')", name="status"),
        sa.CheckConstraint("(order_id IS NOT NULL) = (status IN ('reserved', 'used'))", name="order"),
        sa.Index("uq_coupons_code", "business_id", "code", unique=True),
        sa.Index("ix_coupons_created", "business_id", "created_at", "id"),
        sa.Index("ix_coupons_status", "business_id", "status", "created_at", "id"),
        sa.Index("ix_coupons_template", "business_id", "template_id", "created_at", "id"),
        sa.Index("ix_coupons_batch", "business_id", "batch_id", "id", postgresql_where=sa.text("batch_id IS NOT NULL")),
        sa.Index(
            "ix_coupons_buyer",
            "business_id",
            "buyer_reference",
            "created_at",
            postgresql_where=sa.text("buyer_reference IS NOT NULL"),
        ),
        sa.Index("ix_coupons_order", "business_id", "order_id", postgresql_where=sa.text("order_id IS NOT NULL")),
        sa.Index(
            "ix_coupons_expiry",
            "business_id",
            "expires_at",
            postgresql_where=sa.text("status = 'issued' AND expires_at IS NOT NULL"),
        ),
    )


def _coupon_uses() -> None:
    op.create_table(
        "coupon_uses",
        *tenant_columns(),
        sa.Column("template_id", sa.UUID(), nullable=False),
        sa.Column("coupon_id", sa.UUID()),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("explained", postgresql.JSONB()),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text()),
        sa.Column("device_key", sa.Text()),
        sa.Column("spent_minor", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        tenant_key("coupon_templates", "template_id"),
        tenant_key("coupons", "coupon_id"),
        tenant_key("orders", "order_id"),
        sa.CheckConstraint("spent_minor > 0", name="spent"),
        sa.Index("uq_coupon_uses_order", "business_id", "order_id", "template_id", unique=True),
        sa.Index(
            "uq_coupon_uses_coupon",
            "business_id",
            "coupon_id",
            unique=True,
            postgresql_where=sa.text("coupon_id IS NOT NULL AND NOT released"),
        ),
        sa.Index("ix_coupon_uses_buyer", "business_id", "template_id", "buyer_reference"),
        sa.Index(
            "ix_coupon_uses_email",
            "business_id",
            "template_id",
            "email_key",
            postgresql_where=sa.text("email_key IS NOT NULL"),
        ),
        sa.Index(
            "ix_coupon_uses_device",
            "business_id",
            "template_id",
            "device_key",
            postgresql_where=sa.text("device_key IS NOT NULL"),
        ),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
