"""Reports that come by mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_schedules",
        *(sa.Column(name, sa.UUID(), nullable=False) for name in ("business_id", "id", "person_id")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("report", "title", "every")),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("next_at", "created_at")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_report_schedules")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_report_schedules_person_id")),
        sa.CheckConstraint("every IN ('day', 'week', 'month')", name=op.f("ck_report_schedules_every")),
    )
    op.create_index(
        "uq_report_schedules_person", "report_schedules", ["business_id", "person_id", "report", "every"], unique=True
    )
    op.create_index("ix_report_schedules_due", "report_schedules", ["next_at"])
    for statement in guards.tenant_table("report_schedules", prunable=True):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("report_schedules")
