"""Coupons: templates, codes, batches, and what they gave with each order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("checkout_sessions", sa.Column("coupon_codes", json, nullable=False, server_default="[]"))
    op.alter_column("checkout_sessions", "coupon_codes", server_default=None)
    op.create_table(
        "coupon_templates",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("benefit", json, nullable=False),
        sa.Column("scope", json, nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("buyer_groups", json, nullable=False),
        sa.Column("minimum_minor", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("mixes", sa.Boolean(), nullable=False),
        sa.Column("exclusion_group", sa.Text(), nullable=True),
        sa.Column("max_discount_minor", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("shared_code", sa.Text(), nullable=True),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_days", sa.Integer(), nullable=True),
        sa.Column("budget_minor", sa.BigInteger(), nullable=True),
        sa.Column("max_uses", sa.BigInteger(), nullable=True),
        sa.Column("max_uses_per_buyer", sa.BigInteger(), nullable=True),
        sa.Column("max_issued", sa.BigInteger(), nullable=True),
        sa.Column("max_issued_per_buyer", sa.BigInteger(), nullable=True),
        sa.Column("identify_by", json, nullable=False),
        sa.Column("refund_rule", sa.Text(), nullable=False),
        sa.Column("issue_on", sa.Text(), nullable=False),
        sa.Column("issue", json, nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("spent_minor", sa.BigInteger(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        *_key(),
        sa.CheckConstraint(
            "spent_minor >= 0 AND (budget_minor IS NULL OR spent_minor <= budget_minor)",
            name=op.f("ck_coupon_templates_budget"),
        ),
        sa.CheckConstraint("(code IS NULL) = (shared_code IS NULL)", name=op.f("ck_coupon_templates_code")),
        sa.CheckConstraint(
            "issue_on IN ('hand', 'first_order', 'payment', 'segment')", name=op.f("ck_coupon_templates_issue_on")
        ),
        sa.CheckConstraint(
            "issued >= 0 AND (max_issued IS NULL OR issued <= max_issued)", name=op.f("ck_coupon_templates_issued")
        ),
        sa.CheckConstraint("refund_rule IN ('keep', 'return')", name=op.f("ck_coupon_templates_refund_rule")),
        sa.CheckConstraint(
            "code IS NULL OR (issue_on = 'hand' AND valid_days IS NULL)", name=op.f("ck_coupon_templates_shared")
        ),
        sa.CheckConstraint("status IN ('draft', 'active', 'paused', 'ended')", name=op.f("ck_coupon_templates_status")),
        sa.CheckConstraint(
            "uses >= 0 AND (max_uses IS NULL OR uses <= max_uses)", name=op.f("ck_coupon_templates_uses")
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_coupon_templates")),
    )
    op.create_index("ix_coupon_templates_created", "coupon_templates", ["business_id", "created_at", "id"])
    op.create_index("ix_coupon_templates_status", "coupon_templates", ["business_id", "status", "created_at"])
    op.create_index(
        "uq_coupon_templates_code",
        "coupon_templates",
        ["business_id", "code"],
        unique=True,
        postgresql_where="code IS NOT NULL AND status <> 'ended'",
    )
    op.create_table(
        "coupon_batches",
        sa.Column("template_id", sa.UUID(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        *_key(),
        sa.CheckConstraint("wanted > 0 AND made BETWEEN 0 AND wanted", name=op.f("ck_coupon_batches_made")),
        sa.ForeignKeyConstraint(
            ["business_id", "template_id"],
            ["coupon_templates.business_id", "coupon_templates.id"],
            name=op.f("fk_coupon_batches_business_id_template_id"),
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_coupon_batches")),
    )
    op.create_index("ix_coupon_batches_template", "coupon_batches", ["business_id", "template_id", "created_at"])
    op.create_table(
        "coupons",
        sa.Column("template_id", sa.UUID(), nullable=False),
        sa.Column("batch_id", sa.UUID(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("buyer_reference", sa.Text(), nullable=True),
        sa.Column("email_key", sa.Text(), nullable=True),
        sa.Column("device_key", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        *_key(),
        sa.CheckConstraint("(order_id IS NOT NULL) = (status IN ('held', 'used'))", name=op.f("ck_coupons_order")),
        sa.CheckConstraint(
            "status IN ('issued', 'held', 'used', 'expired', 'withdrawn')", name=op.f("ck_coupons_status")
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "batch_id"],
            ["coupon_batches.business_id", "coupon_batches.id"],
            name=op.f("fk_coupons_business_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "order_id"],
            ["orders.business_id", "orders.id"],
            name=op.f("fk_coupons_business_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "template_id"],
            ["coupon_templates.business_id", "coupon_templates.id"],
            name=op.f("fk_coupons_business_id_template_id"),
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_coupons")),
    )
    op.create_index(
        "ix_coupons_batch", "coupons", ["business_id", "batch_id", "id"], postgresql_where="batch_id IS NOT NULL"
    )
    op.create_index(
        "ix_coupons_buyer",
        "coupons",
        ["business_id", "buyer_reference", "created_at"],
        postgresql_where="buyer_reference IS NOT NULL",
    )
    op.create_index("ix_coupons_created", "coupons", ["business_id", "created_at", "id"])
    op.create_index(
        "ix_coupons_expiry",
        "coupons",
        ["business_id", "expires_at"],
        postgresql_where="status = 'issued' AND expires_at IS NOT NULL",
    )
    op.create_index("ix_coupons_order", "coupons", ["business_id", "order_id"], postgresql_where="order_id IS NOT NULL")
    op.create_index("ix_coupons_template", "coupons", ["business_id", "template_id", "created_at", "id"])
    op.create_index("uq_coupons_code", "coupons", ["business_id", "code"], unique=True)
    op.create_table(
        "coupon_uses",
        sa.Column("template_id", sa.UUID(), nullable=False),
        sa.Column("coupon_id", sa.UUID(), nullable=True),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=True),
        sa.Column("device_key", sa.Text(), nullable=True),
        sa.Column("spent_minor", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        *_key(),
        sa.CheckConstraint("spent_minor > 0", name=op.f("ck_coupon_uses_spent")),
        sa.ForeignKeyConstraint(
            ["business_id", "coupon_id"],
            ["coupons.business_id", "coupons.id"],
            name=op.f("fk_coupon_uses_business_id_coupon_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "order_id"],
            ["orders.business_id", "orders.id"],
            name=op.f("fk_coupon_uses_business_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "template_id"],
            ["coupon_templates.business_id", "coupon_templates.id"],
            name=op.f("fk_coupon_uses_business_id_template_id"),
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_coupon_uses")),
    )
    op.create_index("ix_coupon_uses_buyer", "coupon_uses", ["business_id", "template_id", "buyer_reference"])
    op.create_index(
        "ix_coupon_uses_device",
        "coupon_uses",
        ["business_id", "template_id", "device_key"],
        postgresql_where="device_key IS NOT NULL",
    )
    op.create_index(
        "ix_coupon_uses_email",
        "coupon_uses",
        ["business_id", "template_id", "email_key"],
        postgresql_where="email_key IS NOT NULL",
    )
    op.create_index(
        "uq_coupon_uses_coupon",
        "coupon_uses",
        ["business_id", "coupon_id"],
        unique=True,
        postgresql_where="coupon_id IS NOT NULL AND NOT released",
    )
    op.create_index("uq_coupon_uses_order", "coupon_uses", ["business_id", "order_id", "template_id"], unique=True)
    for name in ("coupon_templates", "coupon_batches", "coupons", "coupon_uses"):
        for statement in guards.tenant_table(name):
            op.execute(statement)


def _key() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    for name in ("coupon_uses", "coupons", "coupon_batches", "coupon_templates"):
        op.drop_table(name)
    op.drop_column("checkout_sessions", "coupon_codes")
