"""Saved views of lists, chosen columns, and exports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_views",
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("given", postgresql.JSONB(), nullable=False),
        sa.Column("oldest_first", sa.Boolean(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        _moment("changed_at"),
        *_key(),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_saved_views_person_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_saved_views")),
    )
    op.create_index("uq_saved_views_name", "saved_views", ["business_id", "listing", "person_id", "name"], unique=True)
    op.create_index(
        "ix_saved_views_shared", "saved_views", ["business_id", "listing"], postgresql_where=sa.text("shared")
    )
    op.create_table(
        "chosen_columns",
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        *_key(),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_chosen_columns_person_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_chosen_columns")),
    )
    op.create_index("uq_chosen_columns_person", "chosen_columns", ["business_id", "person_id", "listing"], unique=True)
    _exports()
    for statement in guards.tenant_table("saved_views", prunable=True) + guards.noted_table("saved_views"):
        op.execute(statement)
    for statement in guards.tenant_table("chosen_columns") + guards.tenant_table("export_parts", prunable=True):
        op.execute(statement)
    taken_out = guards.noted_table("exports", only="INSERT", ignored=("after_at", "after_id", "parts", "tries", "key"))
    for statement in guards.tenant_table("exports", prunable=True) + taken_out:
        op.execute(statement)


def _exports() -> None:
    op.create_table(
        "exports",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("holder", "listing", "format")),
        *(sa.Column(name, postgresql.JSONB(), nullable=False) for name in ("given", "columns")),
        sa.Column("oldest_first", sa.Boolean(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("sees_buyers", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        _moment("after_at", nullable=True),
        sa.Column("after_id", sa.UUID(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("parts", "tries")),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        _moment("finished_at", nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        *_key(),
        sa.CheckConstraint("format IN ('csv', 'xlsx')", name=op.f("ck_exports_format")),
        sa.CheckConstraint("finished_at IS NULL OR problem = ''", name=op.f("ck_exports_over")),
        sa.CheckConstraint("key IS NULL OR finished_at IS NOT NULL", name=op.f("ck_exports_file")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_exports")),
    )
    op.create_index("ix_exports_holder", "exports", ["business_id", "holder", "created_at", "id"])
    due = sa.text("finished_at IS NULL AND problem = ''")
    op.create_index("ix_exports_due", "exports", ["created_at"], postgresql_where=due)
    op.create_index("ix_exports_created", "exports", ["created_at"])
    op.create_table(
        "export_parts",
        sa.Column("export_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        *_key(),
        sa.ForeignKeyConstraint(
            ["business_id", "export_id"],
            ["exports.business_id", "exports.id"],
            name=op.f("fk_export_parts_business_id_export_id"),
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_export_parts")),
    )
    op.create_index("uq_export_parts_number", "export_parts", ["business_id", "export_id", "number"], unique=True)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _key() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        _moment("created_at"),
    )


def downgrade() -> None:
    for table in ("export_parts", "exports", "chosen_columns", "saved_views"):
        op.drop_table(table)
