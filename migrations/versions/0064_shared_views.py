"""Views of lists that programs keep: nobody's own, so everybody's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("saved_views", "person_id", nullable=True)
    op.create_check_constraint(op.f("ck_saved_views_nobodys"), "saved_views", "person_id IS NOT NULL OR shared")
    op.create_index(
        "uq_saved_views_nobodys",
        "saved_views",
        ["business_id", "listing", "name"],
        unique=True,
        postgresql_where=sa.text("person_id IS NULL"),
    )
    op.create_index(
        "ix_saved_views_newest",
        "saved_views",
        ["business_id", "created_at", "id"],
        postgresql_where=sa.text("shared"),
    )


def downgrade() -> None:
    # What programs kept belongs to nobody, and has no place in the table as it was.
    op.execute("DELETE FROM saved_views WHERE person_id IS NULL")
    op.drop_index("ix_saved_views_newest", "saved_views")
    op.drop_index("uq_saved_views_nobodys", "saved_views")
    op.drop_constraint(op.f("ck_saved_views_nobodys"), "saved_views")
    op.alter_column("saved_views", "person_id", nullable=False)
