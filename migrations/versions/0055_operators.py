"""People who run the installation, and their visits to businesses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("persons", sa.Column("is_operator", sa.Boolean(), nullable=False, server_default="false"))
    op.alter_column("persons", "is_operator", server_default=None)
    op.create_table(
        "visits",
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("may_change", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        *(sa.Column(name, sa.UUID(), nullable=False) for name in ("business_id", "id")),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_visits")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_visits_person_id")),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= created_at", name=op.f("ck_visits_ended")),
    )
    op.create_index("ix_visits_person", "visits", ["business_id", "person_id", "ends_at"])
    for statement in (*guards.tenant_table("visits"), *guards.noted_table("visits")):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("visits")
    op.drop_column("persons", "is_operator")
