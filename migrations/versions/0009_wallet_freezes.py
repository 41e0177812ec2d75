"""Frozen parts of wallets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wallet_freezes",
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("left_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("journal_id", sa.UUID(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'released')", name=op.f("ck_wallet_freezes_status")),
        sa.CheckConstraint("amount_minor BETWEEN 1 AND 99999999999", name=op.f("ck_wallet_freezes_amount")),
        sa.CheckConstraint("left_minor BETWEEN 0 AND amount_minor", name=op.f("ck_wallet_freezes_left")),
        sa.CheckConstraint("(status = 'released') = (left_minor = 0)", name=op.f("ck_wallet_freezes_released")),
        sa.ForeignKeyConstraint(
            ["business_id", "journal_id"],
            ["ledger_journals.business_id", "ledger_journals.id"],
            name=op.f("fk_wallet_freezes_business_id_journal_id"),
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_wallet_freezes")),
    )
    op.create_index("ix_wallet_freezes_buyer", "wallet_freezes", ["business_id", "buyer_reference", "created_at"])
    op.create_index("ix_wallet_freezes_created", "wallet_freezes", ["business_id", "created_at", "id"])
    op.create_table(
        "freeze_releases",
        sa.Column("freeze_id", sa.UUID(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_freeze_releases_amount")),
        sa.ForeignKeyConstraint(
            ["business_id", "freeze_id"],
            ["wallet_freezes.business_id", "wallet_freezes.id"],
            name=op.f("fk_freeze_releases_business_id_freeze_id"),
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_freeze_releases")),
    )
    op.create_index("ix_freeze_releases_freeze", "freeze_releases", ["business_id", "freeze_id"])
    for statement in guards.tenant_table("wallet_freezes") + guards.tenant_table("freeze_releases", append_only=True):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("freeze_releases")
    op.drop_table("wallet_freezes")
