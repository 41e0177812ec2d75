"""Images in files of products: drawn while the file is checked, and known again by their content."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0054"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("product_images", sa.Column("source_sha256", sa.Text()))
    op.create_table(
        "product_import_images",
        *tenant_columns(),
        sa.Column("import_id", sa.UUID(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("widths", postgresql.JSONB(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        tenant_key("product_imports", "import_id"),
        sa.CheckConstraint("(key IS NULL) = (problem <> '')", name="drawn"),
        sa.Index("uq_product_import_images_name", "business_id", "import_id", "product_id", "name", unique=True),
    )
    for statement in guards.of(Base, "product_import_images"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("product_import_images")
    op.drop_column("product_images", "source_sha256")
