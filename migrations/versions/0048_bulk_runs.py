"""One thing done to many orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulk_runs",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("actor", "action", "note")),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        *_key(),
        sa.CheckConstraint(
            "action IN ('close', 'ask', 'note', 'receipt', 'webhooks')", name=op.f("ck_bulk_runs_action")
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_bulk_runs")),
    )
    op.create_index("ix_bulk_runs_actor", "bulk_runs", ["business_id", "actor", "created_at", "id"])
    op.create_index("ix_bulk_runs_due", "bulk_runs", ["created_at"], postgresql_where=sa.text("finished_at IS NULL"))
    op.create_table(
        "bulk_rows",
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        *_key(),
        sa.CheckConstraint("result IN ('done', 'unneeded', 'refused')", name=op.f("ck_bulk_rows_result")),
        *(
            sa.ForeignKeyConstraint(
                ["business_id", column],
                [f"{table}.business_id", f"{table}.id"],
                name=op.f(f"fk_bulk_rows_business_id_{column}"),
            )
            for column, table in (("run_id", "bulk_runs"), ("order_id", "orders"))
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_bulk_rows")),
    )
    op.create_index("uq_bulk_rows_order", "bulk_rows", ["business_id", "run_id", "order_id"], unique=True)
    op.create_index(
        "ix_bulk_rows_open",
        "bulk_rows",
        ["business_id", "run_id", "number"],
        postgresql_where=sa.text("result IS NULL"),
    )
    for statement in guards.tenant_table("bulk_runs") + guards.noted_table("bulk_runs", only="INSERT"):
        op.execute(statement)
    for statement in guards.tenant_table("bulk_rows"):
        op.execute(statement)


def _key() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("bulk_rows")
    op.drop_table("bulk_runs")
