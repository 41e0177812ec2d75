"""Buyers and members come by file, too: the same imports as those of products."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("product_imports", sa.Column("kind", sa.Text(), nullable=False, server_default="products"))
    op.add_column("product_imports", sa.Column("with_mail", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("product_imports", sa.Column("applied_by", sa.Text()))
    op.create_check_constraint("kind", "product_imports", "kind IN ('products', 'buyers', 'memberships')")
    op.alter_column("product_import_rows", "sku", new_column_name="subject")
    _set_sources(", 'import'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # What was not there before: files of people, and buyers who came by one.
    op.execute("UPDATE buyers SET source = 'portal' WHERE source = 'import'")
    of_people = "SELECT id FROM product_imports i WHERE i.business_id = r.business_id AND i.kind <> 'products'"
    op.execute(f"DELETE FROM product_import_rows r WHERE r.import_id IN ({of_people})")
    op.execute("DELETE FROM product_imports WHERE kind <> 'products'")
    _set_sources("")
    op.alter_column("product_import_rows", "subject", new_column_name="sku")
    op.drop_constraint(op.f("ck_product_imports_kind"), "product_imports", type_="check")
    op.drop_column("product_imports", "applied_by")
    op.drop_column("product_imports", "with_mail")
    op.drop_column("product_imports", "kind")


def _set_sources(more: str) -> None:
    op.drop_constraint(op.f("ck_buyers_source"), "buyers", type_="check")
    op.create_check_constraint("source", "buyers", f"source IN ('api', 'portal', 'order', 'mailbox'{more})")
