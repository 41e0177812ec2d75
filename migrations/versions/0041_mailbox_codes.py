"""Codes that prove mailboxes, and the mails that carry them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "mailbox_codes",
        *tenant_columns(),
        sa.Column("session_id", postgresql.UUID()),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("ciphertext", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_mailbox_codes_tries")),
    )
    op.create_index("ix_mailbox_codes_created", "mailbox_codes", ["business_id", "created_at"])
    op.create_index("ix_mailbox_codes_email", "mailbox_codes", ["business_id", "email", "created_at"])
    op.create_index(
        "ix_mailbox_codes_session",
        "mailbox_codes",
        ["business_id", "session_id", "id"],
        postgresql_where=sa.text("session_id IS NOT NULL"),
    )
    for statement in guards.of(Base, "mailbox_codes"):
        op.execute(statement)
    op.alter_column("mails", "order_id", nullable=True)
    _kinds("kind IN ('receipt', 'refund', 'code')")
    op.create_check_constraint(op.f("ck_mails_order"), "mails", "(kind = 'code') = (order_id IS NULL)")


def downgrade() -> None:
    op.execute("DELETE FROM mails WHERE kind = 'code'")
    op.drop_constraint(op.f("ck_mails_order"), "mails")
    _kinds("kind IN ('receipt', 'refund')")
    op.alter_column("mails", "order_id", nullable=False)
    op.drop_table("mailbox_codes")


def _kinds(condition: str) -> None:
    op.drop_constraint(op.f("ck_mails_kind"), "mails")
    op.create_check_constraint(op.f("ck_mails_kind"), "mails", condition)
