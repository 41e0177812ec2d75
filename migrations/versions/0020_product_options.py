"""Options of a product that make its SKUs, facts about it, and how much of it one buyer may have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

CHECKS = {
    "per_order": "min_per_order BETWEEN 1 AND max_per_order",
    "per_buyer": "max_per_buyer >= 1",
    "per_period": "(max_per_period IS NULL) = (period_days IS NULL) AND max_per_period >= 1 AND period_days >= 1",
}


def upgrade() -> None:
    json = postgresql.JSONB(astext_type=sa.Text())
    _added("products", sa.Column("options", json, nullable=False, server_default="[]"))
    _added("products", sa.Column("attributes", json, nullable=False, server_default="[]"))
    _added("products", sa.Column("min_per_order", sa.Integer(), nullable=False, server_default="1"))
    for name in ("max_per_buyer", "max_per_period", "period_days"):
        op.add_column("products", sa.Column(name, sa.Integer(), nullable=True))
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_products_{name}"), "products", condition)
    _added("skus", sa.Column("specification", json, nullable=False, server_default="{}"))
    op.create_index(
        "uq_skus_specification",
        "skus",
        ["business_id", "product_id", "specification"],
        unique=True,
        postgresql_where=sa.text("specification <> '{}'"),
    )


def _added(table: str, column: sa.Column[object]) -> None:
    """A column that old rows get a value for; new rows bring their own."""
    name = column.name
    op.add_column(table, column)
    op.alter_column(table, name, server_default=None)


def downgrade() -> None:
    op.drop_index("uq_skus_specification", "skus")
    op.drop_column("skus", "specification")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_products_{name}"), "products", type_="check")
    for name in ("period_days", "max_per_period", "max_per_buyer", "min_per_order", "attributes", "options"):
        op.drop_column("products", name)
