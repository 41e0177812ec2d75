"""Files that buyers download: their versions, who may fetch them, and how often they did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _table(
        "download_files",
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("sku_id", sa.UUID(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        keys=(("products", "product_id"), ("skus", "sku_id")),
    )
    _index("ix", "download_files", "product", "product_id", where="removed_at IS NULL")
    _table(
        "download_versions",
        sa.Column("file_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.CheckConstraint("number > 0 AND bytes >= 0", name=op.f("ck_download_versions_positive")),
        keys=(("download_files", "file_id"),),
        append_only=True,
    )
    _index("uq", "download_versions", "number", "file_id", "number")
    _index("ix", "download_versions", "key", "key")
    _table(
        "download_rights",
        sa.Column("delivery_id", sa.UUID(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("sku_id", sa.UUID(), nullable=False),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("allowed", sa.Integer(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("allowed IS NULL OR allowed > 0", name=op.f("ck_download_rights_allowed")),
        keys=(("deliveries", "delivery_id"),),
    )
    _index("uq", "download_rights", "delivery", "delivery_id")
    _table(
        "download_uses",
        sa.Column("right_id", sa.UUID(), nullable=False),
        sa.Column("file_id", sa.UUID(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("used >= 0", name=op.f("ck_download_uses_used")),
        keys=(("download_rights", "right_id"), ("download_files", "file_id")),
    )
    _index("uq", "download_uses", "file", "right_id", "file_id")


def _table(
    table: str, *parts: sa.schema.SchemaItem, keys: tuple[tuple[str, str], ...], append_only: bool = False
) -> None:
    op.create_table(
        table,
        *parts,
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint(
                ["business_id", column],
                [f"{other}.business_id", f"{other}.id"],
                name=op.f(f"fk_{table}_business_id_{column}"),
            )
            for other, column in keys
        ),
    )
    for statement in guards.tenant_table(table, append_only=append_only):
        op.execute(statement)


def _index(kind: str, table: str, name: str, *columns: str, where: str | None = None) -> None:
    given = {"postgresql_where": sa.text(where)} if where else {}
    op.create_index(f"{kind}_{table}_{name}", table, ["business_id", *columns], unique=kind == "uq", **given)


def downgrade() -> None:
    for table in ("download_uses", "download_rights", "download_versions", "download_files"):
        op.drop_table(table)
