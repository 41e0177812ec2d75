"""Pictures of products."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "product_images",
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("alt", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("widths", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_product_images_size")),
        sa.ForeignKeyConstraint(
            ["business_id", "product_id"],
            ["products.business_id", "products.id"],
            name=op.f("fk_product_images_business_id_product_id"),
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_product_images")),
    )
    op.create_index("ix_product_images_product", "product_images", ["business_id", "product_id", "position", "id"])
    op.create_index("uq_product_images_key", "product_images", ["business_id", "key"], unique=True)
    for statement in guards.tenant_table("product_images", prunable=True):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("product_images")
