"""Bank accounts of the business, and what payment companies settled to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_MOST = 99999999999


def upgrade() -> None:
    op.create_table(
        "bank_accounts",
        *tenant_columns(),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "holder", "bank_name", "currency")),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_hint", sa.Text(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True)),
        sa.Index("ix_bank_accounts_created", "business_id", "created_at", "id"),
    )
    _settlements()
    for table in ("bank_accounts", "settlements"):
        for statement in guards.of(Base, table):
            op.execute(statement)


def _settlements() -> None:
    amounts = ("gross_minor", "refund_minor", "fee_minor")
    op.create_table(
        "settlements",
        *tenant_columns(),
        sa.Column("channel_account_id", sa.UUID(), nullable=False),
        sa.Column("bank_account_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in (*amounts, "net_minor")),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("journal_id", sa.UUID()),
        tenant_key("channel_accounts", "channel_account_id"),
        tenant_key("bank_accounts", "bank_account_id"),
        tenant_key("ledger_journals", "journal_id"),
        sa.CheckConstraint("status IN ('recorded', 'confirmed', 'rejected', 'reversed')", name="status"),
        sa.CheckConstraint("net_minor = gross_minor - refund_minor - fee_minor", name="net"),
        sa.CheckConstraint(
            f"gross_minor BETWEEN 0 AND {_MOST} AND refund_minor BETWEEN 0 AND {_MOST}"
            f" AND fee_minor BETWEEN 0 AND {_MOST} AND abs(net_minor) <= {_MOST}",
            name="amounts",
        ),
        sa.CheckConstraint("gross_minor <> refund_minor OR fee_minor <> 0", name="something"),
        sa.CheckConstraint("(status IN ('confirmed', 'reversed')) = (journal_id IS NOT NULL)", name="journal"),
        sa.CheckConstraint("(status = 'recorded') = (decided_by IS NULL)", name="decided"),
        sa.Index(
            "uq_settlements_reference",
            "business_id",
            "channel_account_id",
            "reference",
            unique=True,
            postgresql_where=sa.text("status IN ('recorded', 'confirmed')"),
        ),
        sa.Index("ix_settlements_created", "business_id", "created_at", "id"),
        sa.Index("ix_settlements_status", "business_id", "status", "created_at", "id"),
    )


def downgrade() -> None:
    op.drop_table("settlements")
    op.drop_table("bank_accounts")
