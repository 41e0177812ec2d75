"""Sums of the ledger's postings by the hour, and its journals by the moment they were booked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

_SUMS = ("accounts", "debit_minor", "credit_minor")


def upgrade() -> None:
    op.create_table(
        "postings_by_hour",
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "currency", "owner")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _SUMS),
        sa.PrimaryKeyConstraint("business_id", "hour", "kind", "currency", "owner", name=op.f("pk_postings_by_hour")),
        *(sa.CheckConstraint(f"{name} >= 0", name=op.f(f"ck_postings_by_hour_{name}")) for name in _SUMS),
    )
    op.create_table(
        "posting_progress",
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("seen_id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("business_id", name=op.f("pk_posting_progress")),
    )
    op.create_index("ix_ledger_journals_created", "ledger_journals", ["business_id", "created_at", "id"])
    for table in ("postings_by_hour", "posting_progress"):
        for statement in guards.tenant_table(table, prunable=True):
            op.execute(statement)


def downgrade() -> None:
    op.drop_index("ix_ledger_journals_created", "ledger_journals")
    for table in ("posting_progress", "postings_by_hour"):
        op.drop_table(table)
