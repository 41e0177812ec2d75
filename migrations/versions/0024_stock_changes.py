"""Stock that people change: its history, what comes back after refunds, and when few are left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("skus", sa.Column("restock", sa.Text(), nullable=False, server_default="always"))
    op.alter_column("skus", "restock", server_default=None)
    op.add_column("skus", sa.Column("low_stock", sa.BigInteger(), nullable=True))
    op.create_check_constraint(op.f("ck_skus_restock"), "skus", "restock IN ('always', 'undelivered', 'never')")
    op.create_check_constraint(op.f("ck_skus_low_stock"), "skus", "low_stock >= 0")
    op.create_index(
        "ix_skus_watched", "skus", ["business_id", "code"], postgresql_where=sa.text("low_stock IS NOT NULL")
    )
    op.execute(
        "UPDATE skus SET low_stock = 10 FROM products p WHERE p.business_id = skus.business_id"
        " AND p.id = skus.product_id AND p.delivery_kind = 'licence_key'"
    )
    op.create_table(
        "stock_changes",
        sa.Column("sku_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=True),
        sa.Column("after", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=True),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('adjusted', 'edited', 'keys', 'restocked')", name=op.f("ck_stock_changes_kind")),
        sa.CheckConstraint("before >= 0 AND after >= 0", name=op.f("ck_stock_changes_pieces")),
        sa.CheckConstraint("before IS DISTINCT FROM after", name=op.f("ck_stock_changes_change")),
        sa.ForeignKeyConstraint(
            ["business_id", "sku_id"], ["skus.business_id", "skus.id"], name=op.f("fk_stock_changes_business_id_sku_id")
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_stock_changes")),
    )
    op.create_index("ix_stock_changes_sku", "stock_changes", ["business_id", "sku_id", "created_at", "id"])
    for statement in guards.tenant_table("stock_changes", append_only=True):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("stock_changes")
    op.drop_index("ix_skus_watched", "skus")
    for name in ("low_stock", "restock"):
        op.drop_constraint(op.f(f"ck_skus_{name}"), "skus", type_="check")
        op.drop_column("skus", name)
