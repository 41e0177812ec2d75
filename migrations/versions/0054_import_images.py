"""Images in files of products, known again by their content; sellers and partners are found by indexes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

_SEARCHED = (
    ("ix_sellers_email", "sellers", "email"),
    ("ix_partners_name", "partners", "name"),
    ("ix_partners_email", "partners", "email"),
)


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
    for name, table, column in _SEARCHED:
        op.create_index(name, table, ["business_id", column])
    op.create_index(
        "ix_request_logs_error_code",
        "request_logs",
        ["business_id", "error_code", "created_at", "id"],
        postgresql_where="error_code IS NOT NULL",
    )
    op.create_index(
        "ix_coupon_templates_code", "coupon_templates", ["business_id", "code"], postgresql_where="code IS NOT NULL"
    )
    _sources("'api', 'portal', 'order', 'mailbox'")  # nothing imports buyers


def downgrade() -> None:
    _sources("'api', 'portal', 'import', 'order', 'mailbox'")
    op.drop_index("ix_coupon_templates_code", table_name="coupon_templates")
    op.drop_index("ix_request_logs_error_code", table_name="request_logs")
    for name, table, _ in reversed(_SEARCHED):
        op.drop_index(name, table_name=table)
    op.drop_table("product_import_images")
    op.drop_column("product_images", "source_sha256")


def _sources(names: str) -> None:
    name = op.f("ck_buyers_source")
    op.drop_constraint(name, "buyers")
    op.create_check_constraint(name, "buyers", f"source IN ({names})")
