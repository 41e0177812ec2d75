"""Companies' keys that were fetched, kept with the channel account, and when to ask for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0074"
down_revision = "0090"
branch_labels = None
depends_on = None

_COLUMNS = ("learned", "learn_at", "learn_not_before", "learn_tries")


def upgrade() -> None:
    learned = sa.Column("learned", postgresql.JSONB(), server_default="{}", nullable=False)
    op.add_column("channel_accounts", learned)
    for name in _COLUMNS[1:3]:
        op.add_column("channel_accounts", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("channel_accounts", sa.Column("learn_tries", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        "ix_channel_accounts_learn", "channel_accounts", ["learn_at"], postgresql_where=sa.text("learn_at IS NOT NULL")
    )
    _note(ignored=_COLUMNS)


def downgrade() -> None:
    _note(ignored=())
    op.drop_index("ix_channel_accounts_learn", "channel_accounts")
    for name in _COLUMNS:
        op.drop_column("channel_accounts", name)


def _note(*, ignored: tuple[str, ...]) -> None:
    """What is fetched is nobody's change: the audit log leaves it out."""
    op.execute("DROP TRIGGER noted ON channel_accounts")
    for statement in guards.noted_table("channel_accounts", ignored=ignored):
        op.execute(statement)
