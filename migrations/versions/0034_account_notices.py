"""Exchanges of a channel account, and notices about contracts, disputes, payouts and bills; deductions pay orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_OPEN = "uq_payment_transactions_open_charge"
_PAYING = "kind IN ('charge', 'deduction') AND status = 'open'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _exchanges()
    _notices()
    op.drop_index(_OPEN, "payment_transactions")
    op.create_index(
        _OPEN, "payment_transactions", ["business_id", "order_id"], unique=True, postgresql_where=sa.text(_PAYING)
    )


def _exchanges() -> None:
    table = "channel_exchanges"
    op.alter_column(table, "attempt_id", nullable=True)
    op.add_column(table, sa.Column("channel_account_id", sa.Uuid()))
    op.add_column(table, sa.Column("subject_id", sa.Uuid()))
    op.create_check_constraint("about", table, "(attempt_id IS NULL) = (channel_account_id IS NOT NULL)")
    op.create_check_constraint("subject", table, "subject_id IS NULL OR attempt_id IS NULL")
    _index("ix_channel_exchanges_account", table, ["business_id", "channel_account_id", "id"], "channel_account_id")
    _index("ix_channel_exchanges_subject", table, ["business_id", "subject_id"], "subject_id")


def _notices() -> None:
    table = "channel_notices"
    op.add_column(table, sa.Column("kind", sa.Text()))
    op.add_column(table, sa.Column("subject_id", sa.Uuid()))
    op.add_column(table, sa.Column("subject_ref", sa.Text()))
    op.add_column(table, sa.Column("details", JSONB()))
    kinds = "kind IN ('contract', 'dispute', 'payment_method', 'payout', 'bill')"
    op.create_check_constraint("kind", table, kinds)
    op.create_check_constraint("about", table, "(kind IS NULL) = (subject_ref IS NULL AND details IS NULL)")
    _index("ix_channel_notices_subject", table, ["business_id", "subject_id"], "subject_id")
    _index("ix_channel_notices_kind", table, ["business_id", "kind", "created_at", "id"], "kind")


def _index(name: str, table: str, columns: list[str], present: str) -> None:
    op.create_index(name, table, columns, postgresql_where=sa.text(f"{present} IS NOT NULL"))


def downgrade() -> None:
    op.drop_index(_OPEN, "payment_transactions")
    was = sa.text("kind = 'charge' AND status = 'open'")
    op.create_index(_OPEN, "payment_transactions", ["business_id", "order_id"], unique=True, postgresql_where=was)
    op.execute("DELETE FROM channel_notices WHERE kind IS NOT NULL")
    op.execute("DELETE FROM channel_exchanges WHERE attempt_id IS NULL")
    for name in ("kind", "subject"):
        op.drop_index(f"ix_channel_notices_{name}", "channel_notices")
    for name in ("kind", "about"):
        op.drop_constraint(name, "channel_notices", type_="check")
    for name in ("details", "subject_ref", "subject_id", "kind"):
        op.drop_column("channel_notices", name)
    for name in ("account", "subject"):
        op.drop_index(f"ix_channel_exchanges_{name}", "channel_exchanges")
    for name in ("about", "subject"):
        op.drop_constraint(name, "channel_exchanges", type_="check")
    op.drop_column("channel_exchanges", "subject_id")
    op.drop_column("channel_exchanges", "channel_account_id")
    op.alter_column("channel_exchanges", "attempt_id", nullable=False)
