"""What channel accounts take in a day is counted, for their daily limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import SYSTEM_ROLE, Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Processes of the release before this one count nothing: with limits that are there already, counters are complete
# once those are gone.
_LATER = "CAST(now() AT TIME ZONE b.time_zone AS date) + 3"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "channel_day_totals",
        *tenant_columns(),
        sa.Column("channel_account_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("taken_minor", sa.BigInteger(), nullable=False),
        tenant_key("channel_accounts", "channel_account_id"),
        sa.Index("ix_channel_day_totals_account", "business_id", "channel_account_id", "currency", "day"),
        sa.Index("ix_channel_day_totals_day", "day"),
    )
    for statement in guards.of(Base, "channel_day_totals"):
        op.execute(statement)
    op.add_column("payment_attempts", sa.Column("limit_day", sa.Date()))
    op.add_column("channel_terms", sa.Column("totals_from", sa.Date()))
    op.execute(f"SET LOCAL ROLE {SYSTEM_ROLE}")
    op.execute(
        f"UPDATE channel_terms t SET totals_from = {_LATER} FROM businesses b"
        " WHERE b.id = t.business_id AND t.daily_minor IS NOT NULL"
    )
    op.execute("RESET ROLE")


def downgrade() -> None:
    op.drop_column("channel_terms", "totals_from")
    op.drop_column("payment_attempts", "limit_day")
    op.drop_table("channel_day_totals")
