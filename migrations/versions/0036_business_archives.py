"""A business as one archive: exports that go through many tables, each in files of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("exports", sa.Column("step", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("export_parts", sa.Column("name", sa.Text(), nullable=False, server_default=""))
    _set_formats("'csv', 'xlsx', 'zip'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "DELETE FROM export_parts p USING exports e WHERE e.business_id = p.business_id AND e.id = p.export_id"
        " AND e.format = 'zip'"
    )
    op.execute("DELETE FROM exports WHERE format = 'zip'")
    _set_formats("'csv', 'xlsx'")
    op.drop_column("export_parts", "name")
    op.drop_column("exports", "step")


def _set_formats(formats: str) -> None:
    name = op.f("ck_exports_format")
    op.drop_constraint(name, "exports")
    op.create_check_constraint(name, "exports", f"format IN ({formats})")
