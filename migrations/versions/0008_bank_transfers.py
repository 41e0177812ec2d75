"""What people say of the bank account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bank_transfers",
        sa.Column("attempt_id", sa.UUID(), nullable=False),
        sa.Column("channel_account_id", sa.UUID(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("counterparty", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_reference", sa.Text(), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("returned_by", sa.Text(), nullable=True),
        sa.Column("return_decided_by", sa.Text(), nullable=True),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor BETWEEN 1 AND 99999999999", name=op.f("ck_bank_transfers_amount")),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_bank_transfers_direction")),
        sa.CheckConstraint(
            "status IN ('recorded', 'confirmed', 'rejected', 'returning', 'sent_back', 'returned')",
            name=op.f("ck_bank_transfers_status"),
        ),
        sa.CheckConstraint(
            "coalesce(decided_by <> recorded_by, false) OR status IN ('recorded', 'rejected')",
            name=op.f("ck_bank_transfers_second_person"),
        ),
        sa.CheckConstraint(
            "status <> 'returned' OR coalesce(return_decided_by <> returned_by, false)",
            name=op.f("ck_bank_transfers_second_person_back"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "attempt_id"],
            ["payment_attempts.business_id", "payment_attempts.id"],
            name=op.f("fk_bank_transfers_business_id_attempt_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "channel_account_id"],
            ["channel_accounts.business_id", "channel_accounts.id"],
            name=op.f("fk_bank_transfers_business_id_channel_account_id"),
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_bank_transfers")),
    )
    for name, columns, where in (
        ("uq_bank_transfers_open", ["attempt_id"], "status = 'recorded'"),
        ("uq_bank_transfers_confirmed", ["attempt_id"], "status = 'confirmed'"),
        ("uq_bank_transfers_reference", ["channel_account_id", "bank_reference"], "status <> 'rejected'"),
    ):
        op.create_index(name, "bank_transfers", ["business_id", *columns], unique=True, postgresql_where=where)
    op.create_index("ix_bank_transfers_attempt", "bank_transfers", ["business_id", "attempt_id"])
    op.create_index("ix_bank_transfers_status", "bank_transfers", ["business_id", "status", "created_at"])
    for statement in guards.tenant_table("bank_transfers"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("bank_transfers")
