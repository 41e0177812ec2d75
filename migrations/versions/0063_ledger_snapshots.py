"""What long accounts came to, so that nobody adds up all their entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

TABLE = "ledger_snapshots"
KEY = ("business_id", "account_id", "entry_id")


def upgrade() -> None:
    op.create_table(
        TABLE,
        *(sa.Column(name, sa.UUID(), nullable=False) for name in KEY),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("number", "posted_minor", "held_minor")),
        sa.Column("latest_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(*KEY, name=op.f(f"pk_{TABLE}")),
        *(
            sa.ForeignKeyConstraint(
                ["business_id", column],
                [f"{there}.business_id", f"{there}.id"],
                name=op.f(f"fk_{TABLE}_business_id_{column}"),
            )
            for column, there in (("account_id", "ledger_accounts"), ("entry_id", "ledger_entries"))
        ),
        sa.CheckConstraint("number > 0", name=op.f(f"ck_{TABLE}_number")),
    )
    for statement in guards.tenant_table(TABLE, prunable=True):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table(TABLE)
