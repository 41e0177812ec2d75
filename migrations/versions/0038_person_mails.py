"""Mails to people of the portal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person_mails",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in ("next_try_at", "sent_at")),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_mails")),
        sa.CheckConstraint("sent_at IS NULL OR next_try_at IS NULL", name=op.f("ck_person_mails_sent")),
    )
    due = sa.text("next_try_at IS NOT NULL")
    op.create_index("ix_person_mails_due", "person_mails", ["next_try_at"], postgresql_where=due)
    op.create_index("ix_person_mails_created", "person_mails", ["created_at"])
    for statement in guards.post_box("person_mails"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("person_mails")
