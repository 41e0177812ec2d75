"""Files of products on their way in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

COUNTS = ("checked_line", "applied_line", "to_create", "to_change", "unchanged", "refused", "applied", "tries")


def upgrade() -> None:
    json = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "product_imports",
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("problem", sa.Text(), nullable=False),
        *_key(),
        sa.CheckConstraint(
            "status IN ('checking', 'ready', 'applying', 'done', 'failed', 'discarded')",
            name=op.f("ck_product_imports_status"),
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_product_imports")),
    )
    op.create_index("ix_product_imports_created", "product_imports", ["business_id", "created_at"])
    op.create_index(
        "ix_product_imports_due",
        "product_imports",
        ["status"],
        postgresql_where=sa.text("status IN ('checking', 'applying')"),
    )
    op.create_table(
        "product_import_rows",
        sa.Column("import_id", sa.UUID(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("given", json, nullable=False),
        sa.Column("errors", json, nullable=False),
        sa.Column("changes", json, nullable=False),
        *_key(),
        sa.CheckConstraint("kind IN ('create', 'change', 'refused')", name=op.f("ck_product_import_rows_kind")),
        sa.ForeignKeyConstraint(
            ["business_id", "import_id"],
            ["product_imports.business_id", "product_imports.id"],
            name=op.f("fk_product_import_rows_business_id_import_id"),
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_product_import_rows")),
    )
    line, kind = ["business_id", "import_id", "line"], ["business_id", "import_id", "kind", "line"]
    op.create_index("uq_product_import_rows_line", "product_import_rows", line, unique=True)
    op.create_index("ix_product_import_rows_kind", "product_import_rows", kind)
    for name in ("product_imports", "product_import_rows"):
        for statement in guards.tenant_table(name):
            op.execute(statement)


def _key() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("product_import_rows")
    op.drop_table("product_imports")
