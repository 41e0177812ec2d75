"""Of refused notices only a hash and the first kilobyte, in a table that forgets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0070"
down_revision = "0085"
branch_labels = None
depends_on = None

# Those that were kept whole: what they were is known by their beginning.
_MOVE = """
    INSERT INTO refused_notices
        (business_id, id, created_at, channel_account_id, reason, address, body_sha256, body_bytes, beginning)
    SELECT business_id, id, created_at, channel_account_id, reason, '', sha256(raw), octet_length(raw),
        substring(raw FROM 1 FOR 1024)
    FROM channel_notices WHERE verdict = 'refused' AND attempt_id IS NULL AND created_at > now() - interval '30 days'
"""


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "refused_notices",
        sa.Column("channel_account_id", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("body_bytes", sa.BigInteger(), nullable=False),
        sa.Column("beginning", sa.LargeBinary(), nullable=False),
        sa.Column("business_id", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column("id", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.CheckConstraint("octet_length(beginning) <= 1024", name=op.f("ck_refused_notices_beginning")),
        sa.CheckConstraint("octet_length(body_sha256) = 32", name=op.f("ck_refused_notices_body_sha256")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_refused_notices")),
    )
    op.create_index(
        "ix_refused_notices_account", "refused_notices", ["business_id", "channel_account_id", "created_at"]
    )
    op.create_index("ix_refused_notices_age", "refused_notices", ["created_at"], postgresql_using="brin")
    op.create_table(
        "refused_notice_counts",
        sa.Column("channel_account_id", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column("hour", moment, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.Column("business_id", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column("id", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_refused_notice_counts")),
        sa.UniqueConstraint("business_id", "channel_account_id", "hour", name="uq_refused_notice_counts_hour"),
    )
    op.create_index("ix_refused_notice_counts_hour", "refused_notice_counts", ["hour"])
    for table in ("refused_notices", "refused_notice_counts"):
        for statement in guards.tenant_table(table, prunable=True):
            op.execute(statement)
    _move()


def _move() -> None:
    """The owner sees every business's rows only while row-level security does not hold for it."""
    both = ("channel_notices", "refused_notices")
    for table in both:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(_MOVE)
    op.execute("ALTER TABLE channel_notices DISABLE TRIGGER append_only")
    op.execute("DELETE FROM channel_notices WHERE verdict = 'refused' AND attempt_id IS NULL")
    op.execute("ALTER TABLE channel_notices ENABLE TRIGGER append_only")
    for table in both:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.drop_table("refused_notice_counts")
    op.drop_table("refused_notices")
