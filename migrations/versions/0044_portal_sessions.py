"""Sessions of the portal are rows: what a cookie says is believed only while its row is there. The mark that ended all
sessions of a person at once goes; ending them is removing the rows. Everybody signs in once more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "portal_sessions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_sessions")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_portal_sessions_person_id")),
    )
    op.create_index("uq_portal_sessions_token", "portal_sessions", ["token_hash"], unique=True)
    op.create_index("ix_portal_sessions_person", "portal_sessions", ["person_id", "last_seen_at"])
    op.create_index("ix_portal_sessions_seen", "portal_sessions", ["last_seen_at"])
    for statement in guards.directory_table("portal_sessions", rights="SELECT, INSERT, UPDATE, DELETE"):
        op.execute(statement)
    op.drop_column("persons", "session_mark")


def downgrade() -> None:
    op.add_column("persons", sa.Column("session_mark", sa.Text(), nullable=False, server_default=""))
    op.alter_column("persons", "session_mark", server_default=None)
    op.drop_table("portal_sessions")
