"""Prices of a SKU beside its base price: other currencies, by quantity, for a time; and what base prices were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import APP_ROLE, SYSTEM_ROLE, guards

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("skus", sa.Column("price_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE skus SET price_since = created_at")
    op.alter_column("skus", "price_since", nullable=False)
    op.create_table(
        "sku_prices",
        sa.Column("sku_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("from_quantity", sa.Integer(), nullable=False),
        sa.Column("unit_minor", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_base", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("unit_minor BETWEEN 0 AND 99999999999", name=op.f("ck_sku_prices_unit")),
        sa.CheckConstraint("from_quantity >= 1", name=op.f("ck_sku_prices_quantity")),
        sa.CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name=op.f("ck_sku_prices_window")),
        sa.ForeignKeyConstraint(
            ["business_id", "sku_id"],
            ["skus.business_id", "skus.id"],
            name=op.f("fk_sku_prices_business_id_sku_id"),
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_sku_prices")),
    )
    op.create_index("ix_sku_prices_sku", "sku_prices", ["business_id", "sku_id", "starts_at"])
    for statement in guards.tenant_table("sku_prices"):
        op.execute(statement)
    # A price ends; nothing else about it ever changes.
    op.execute(f"REVOKE UPDATE ON sku_prices FROM {APP_ROLE}, {SYSTEM_ROLE}")
    op.execute(f"GRANT UPDATE (ends_at) ON sku_prices TO {APP_ROLE}, {SYSTEM_ROLE}")


def downgrade() -> None:
    op.drop_table("sku_prices")
    op.drop_column("skus", "price_since")
