"""Promotions, and what they gave with each order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "promotions",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("benefit", json, nullable=False),
        sa.Column("scope", json, nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("buyer_groups", json, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minimum_minor", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("exclusion_group", sa.Text(), nullable=True),
        sa.Column("budget_minor", sa.BigInteger(), nullable=True),
        sa.Column("max_uses", sa.BigInteger(), nullable=True),
        sa.Column("max_uses_per_buyer", sa.BigInteger(), nullable=True),
        sa.Column("max_discount_minor", sa.BigInteger(), nullable=True),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("spent_minor", sa.BigInteger(), nullable=False),
        *_key(),
        sa.CheckConstraint("status IN ('draft', 'active', 'paused', 'ended')", name=op.f("ck_promotions_status")),
        sa.CheckConstraint("uses >= 0 AND (max_uses IS NULL OR uses <= max_uses)", name=op.f("ck_promotions_uses")),
        sa.CheckConstraint(
            "spent_minor >= 0 AND (budget_minor IS NULL OR spent_minor <= budget_minor)",
            name=op.f("ck_promotions_budget"),
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_promotions")),
    )
    op.create_index("ix_promotions_status", "promotions", ["business_id", "status", "created_at"])
    op.create_table(
        "promotion_uses",
        sa.Column("promotion_id", sa.UUID(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("spent_minor", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        *_key(),
        sa.CheckConstraint("spent_minor > 0", name=op.f("ck_promotion_uses_spent")),
        sa.ForeignKeyConstraint(
            ["business_id", "promotion_id"],
            ["promotions.business_id", "promotions.id"],
            name=op.f("fk_promotion_uses_business_id_promotion_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "order_id"],
            ["orders.business_id", "orders.id"],
            name=op.f("fk_promotion_uses_business_id_order_id"),
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_promotion_uses")),
    )
    op.create_index(
        "uq_promotion_uses_order", "promotion_uses", ["business_id", "order_id", "promotion_id"], unique=True
    )
    op.create_index("ix_promotion_uses_buyer", "promotion_uses", ["business_id", "promotion_id", "buyer_reference"])
    for name in ("promotions", "promotion_uses"):
        for statement in guards.tenant_table(name):
            op.execute(statement)


def _key() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("promotion_uses")
    op.drop_table("promotions")
