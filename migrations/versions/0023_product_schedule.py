"""Products that go on sale and off sale by themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

STATES = "'draft', 'scheduled', 'on_sale', 'off_sale', 'archived'"


def upgrade() -> None:
    for name in ("on_sale_at", "off_sale_at"):
        op.add_column("products", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("ck_products_status"), "products", type_="check")
    op.create_check_constraint(op.f("ck_products_status"), "products", f"status IN ({STATES})")
    op.create_check_constraint(
        op.f("ck_products_schedule"), "products", "status <> 'scheduled' OR on_sale_at IS NOT NULL"
    )
    for name, due in {
        "on_sale_at": "status = 'scheduled'",
        "off_sale_at": "status = 'on_sale' AND off_sale_at IS NOT NULL",
    }.items():
        op.create_index(f"ix_products_{name}", "products", ["business_id", name], postgresql_where=sa.text(due))


def downgrade() -> None:
    op.execute("UPDATE products SET status = 'draft' WHERE status = 'scheduled'")
    for name in ("off_sale_at", "on_sale_at"):
        op.drop_index(f"ix_products_{name}", "products")
    for name in ("schedule", "status"):
        op.drop_constraint(op.f(f"ck_products_{name}"), "products", type_="check")
    op.create_check_constraint(
        op.f("ck_products_status"), "products", "status IN ('draft', 'on_sale', 'off_sale', 'archived')"
    )
    for name in ("off_sale_at", "on_sale_at"):
        op.drop_column("products", name)
