"""The ledger and the wallets: accounts, journals, entries, snapshots of balances, and holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = (
    "ledger_accounts",
    "ledger_journals",
    "ledger_entries",
    "ledger_snapshots",
    "wallet_holds",
    "hold_releases",
)

# An account is known by what its buyer was called: who comes back under an erased reference would write into the ledger
# of the one who was erased.
REFUSE_ERASED = """
CREATE FUNCTION bursar_refuse_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ledger_accounts a WHERE a.business_id = NEW.business_id AND a.id = NEW.id
               AND a.owner <> NEW.owner) THEN
        RAISE EXCEPTION 'the buyer was erased'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_ledger_accounts_erased';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_erased BEFORE INSERT ON ledger_accounts FOR EACH ROW WHEN (NEW.owner <> '')
    EXECUTE FUNCTION bursar_refuse_erased()
"""


def upgrade() -> None:
    _ledger_accounts()
    _ledger_journals()
    _ledger_entries()
    _ledger_snapshots()
    _wallet_holds()
    _hold_releases()
    for statement in guards.of(Base, *TABLES):
        op.execute(statement)
    op.execute(REFUSE_ERASED)


def _ledger_accounts() -> None:
    op.create_table(
        "ledger_accounts",
        *tenant_columns(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Index("uq_ledger_accounts_owner", "business_id", "kind", "owner", "currency", unique=True),
    )


def _ledger_journals() -> None:
    op.create_table(
        "ledger_journals",
        *tenant_columns(),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pending_id", sa.UUID()),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("order_id", sa.UUID()),
        sa.Column("memo", sa.Text(), nullable=False),
        tenant_key("ledger_journals", "pending_id"),
        sa.CheckConstraint("state IN ('pending', 'posted', 'voided')", name="state"),
        sa.CheckConstraint("state <> 'pending' OR pending_id IS NULL", name="pending"),
        sa.CheckConstraint("state <> 'voided' OR pending_id IS NOT NULL", name="voided"),
        sa.Index(
            "uq_ledger_journals_resolved",
            "business_id",
            "pending_id",
            unique=True,
            postgresql_where=sa.text("pending_id IS NOT NULL"),
        ),
        sa.Index("ix_ledger_journals_subject", "business_id", "subject_id"),
        sa.Index("ix_ledger_journals_order", "business_id", "order_id"),
        sa.Index("ix_ledger_journals_created", "business_id", "created_at", "id"),
    )


def _ledger_entries() -> None:
    op.create_table(
        "ledger_entries",
        *tenant_columns(),
        sa.Column("journal_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        tenant_key("ledger_journals", "journal_id"),
        tenant_key("ledger_accounts", "account_id"),
        sa.CheckConstraint("layer IN ('pending', 'posted')", name="layer"),
        sa.CheckConstraint("amount_minor <> 0", name="amount"),
        sa.Index("ix_ledger_entries_account", "business_id", "account_id", "id"),
        sa.Index("ix_ledger_entries_journal", "business_id", "journal_id"),
    )


def _ledger_snapshots() -> None:
    op.create_table(
        "ledger_snapshots",
        sa.Column("business_id", sa.UUID(), primary_key=True),
        sa.Column("account_id", sa.UUID(), primary_key=True),
        sa.Column("entry_id", sa.UUID(), primary_key=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("posted_minor", sa.BigInteger(), nullable=False),
        sa.Column("held_minor", sa.BigInteger(), nullable=False),
        sa.Column("latest_at", sa.DateTime(timezone=True), nullable=False),
        tenant_key("ledger_accounts", "account_id"),
        tenant_key("ledger_entries", "entry_id"),
        sa.CheckConstraint("number > 0", name="number"),
    )


def _wallet_holds() -> None:
    op.create_table(
        "wallet_holds",
        *tenant_columns(),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("left_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("journal_id", sa.UUID(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True)),
        tenant_key("ledger_journals", "journal_id"),
        sa.CheckConstraint("status IN ('active', 'released')", name="status"),
        sa.CheckConstraint("amount_minor BETWEEN 1 AND 99999999999", name="amount"),
        sa.CheckConstraint("left_minor BETWEEN 0 AND amount_minor", name="left"),
        sa.CheckConstraint("(status = 'released') = (left_minor = 0)", name="released"),
        sa.Index("ix_wallet_holds_buyer", "business_id", "buyer_reference", "created_at"),
        sa.Index("ix_wallet_holds_created", "business_id", "created_at", "id"),
    )


def _hold_releases() -> None:
    op.create_table(
        "hold_releases",
        *tenant_columns(),
        sa.Column("hold_id", sa.UUID(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        tenant_key("wallet_holds", "hold_id"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.Index("ix_hold_releases_hold", "business_id", "hold_id"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION bursar_refuse_erased()")
