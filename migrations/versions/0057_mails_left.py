"""Mails that no server took can be left for good."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

KEY = ["business_id", "created_at", "id"]
BEFORE = "sent_at IS NULL AND next_try_at IS NULL"


def upgrade() -> None:
    op.add_column("mails", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f("ck_mails_left"), "mails", f"left_at IS NULL OR ({BEFORE})")
    op.drop_index("ix_mails_given_up", "mails")
    op.create_index("ix_mails_given_up", "mails", KEY, postgresql_where=sa.text(f"{BEFORE} AND left_at IS NULL"))


def downgrade() -> None:
    op.drop_index("ix_mails_given_up", "mails")
    op.create_index("ix_mails_given_up", "mails", KEY, postgresql_where=sa.text(BEFORE))
    op.drop_constraint(op.f("ck_mails_left"), "mails")
    op.drop_column("mails", "left_at")
