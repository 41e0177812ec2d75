"""Bills are compared with our books: differences, and the fees that were booked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0073"
down_revision = "0070"
branch_labels = None
depends_on = None

_TABLES = ("channel_bill_differences", "channel_bill_fees")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("channel_bills", sa.Column("compare_at", sa.DateTime(timezone=True)))
    op.add_column("channel_bills", sa.Column("compared_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_channel_bills_compare", "channel_bills", ["compare_at"], postgresql_where=sa.text("compare_at IS NOT NULL")
    )
    op.add_column("channel_bill_lines", sa.Column("attempt_id", sa.UUID()))
    op.add_column("channel_bill_lines", sa.Column("charge_attempt_id", sa.UUID()))
    op.create_index("ix_channel_bill_lines_attempt", "channel_bill_lines", ["business_id", "attempt_id"])
    op.add_column(
        "settlements", sa.Column("fee_source", sa.Text(), nullable=False, server_default=sa.text("'settlement'"))
    )
    op.alter_column("settlements", "fee_source", server_default=None)
    op.create_check_constraint(
        op.f("ck_settlements_fee_source"), "settlements", "fee_source IN ('settlement', 'bills')"
    )
    op.create_table(
        "channel_bill_differences",
        *tenant_columns(),
        sa.Column("bill_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("movement", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.UUID()),
        sa.Column("channel_ref", sa.Text(), nullable=False),
        sa.Column("ours_minor", sa.BigInteger()),
        sa.Column("theirs_minor", sa.BigInteger()),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True)),
        tenant_key("channel_bills", "bill_id"),
        tenant_key("payment_attempts", "attempt_id"),
        sa.CheckConstraint("kind IN ('unknown', 'missing', 'amount', 'undecided')", name="kind"),
        sa.CheckConstraint("movement IN ('charge', 'refund')", name="movement"),
        sa.CheckConstraint("(kind = 'unknown') = (ours_minor IS NULL)", name="ours"),
        sa.CheckConstraint("(kind = 'missing') = (theirs_minor IS NULL)", name="theirs"),
        sa.CheckConstraint("(ours_minor IS NULL) = (attempt_id IS NULL)", name="attempt"),
        sa.Index(
            "uq_channel_bill_differences_open",
            *("business_id", "bill_id", "kind", "movement", "ref"),
            unique=True,
            postgresql_where=sa.text("cleared_at IS NULL"),
        ),
        sa.Index("ix_channel_bill_differences_list", "business_id", "bill_id", "id"),
    )
    op.create_table(
        "channel_bill_fees",
        *tenant_columns(),
        sa.Column("bill_id", sa.UUID(), nullable=False),
        sa.Column("channel_account_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("journal_id", sa.UUID(), nullable=False),
        tenant_key("channel_bills", "bill_id"),
        tenant_key("channel_accounts", "channel_account_id"),
        tenant_key("ledger_journals", "journal_id"),
        sa.CheckConstraint("fee_minor <> 0", name="something"),
        sa.Index("ix_channel_bill_fees_bill", "business_id", "bill_id"),
        sa.Index("ix_channel_bill_fees_account", "business_id", "channel_account_id", "currency"),
    )
    for table in _TABLES:
        for statement in guards.of(Base, table):
            op.execute(statement)
    for statement in guards.renewed(Base, op.get_bind(), "channel_bills"):
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_settlements_fee_source"), "settlements")
    op.drop_column("settlements", "fee_source")
    op.drop_column("channel_bill_lines", "charge_attempt_id")
    op.drop_column("channel_bill_lines", "attempt_id")
    op.drop_column("channel_bills", "compared_at")
    op.drop_column("channel_bills", "compare_at")
