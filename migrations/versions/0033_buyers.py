"""Buyers, what is noted of them and what they agreed to, and who was merged into whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_TABLES = ("buyers", "buyer_notes", "buyer_consents", "buyer_merges")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _buyers()
    op.create_table(
        "buyer_notes",
        *tenant_columns(),
        sa.Column("buyer_id", postgresql.UUID(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        _to_buyer("buyer_notes", "buyer_id"),
    )
    op.create_index("ix_buyer_notes_buyer", "buyer_notes", ["business_id", "buyer_id", "id"])
    op.create_table(
        "buyer_consents",
        *tenant_columns(),
        sa.Column("buyer_id", postgresql.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        _to_buyer("buyer_consents", "buyer_id"),
    )
    op.create_index("ix_buyer_consents_buyer", "buyer_consents", ["business_id", "buyer_id", "id"])
    op.create_table(
        "buyer_merges",
        *tenant_columns(),
        sa.Column("buyer_id", postgresql.UUID(), nullable=False),
        sa.Column("into_id", postgresql.UUID(), nullable=False),
        sa.Column("moved", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        _to_buyer("buyer_merges", "buyer_id"),
        _to_buyer("buyer_merges", "into_id"),
    )
    op.create_index("ix_buyer_merges_buyer", "buyer_merges", ["business_id", "buyer_id", "id"])
    op.create_index("ix_buyer_merges_into", "buyer_merges", ["business_id", "into_id", "id"])
    for statement in guards.of(Base, *_TABLES):
        op.execute(statement)


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


def _buyers() -> None:
    op.create_table(
        "buyers",
        *tenant_columns(),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("email_verified_at", sa.DateTime(timezone=True)),
        sa.Column("phone", sa.Text()),
        sa.Column("phone_verified_at", sa.DateTime(timezone=True)),
        sa.Column("name", sa.Text()),
        sa.Column("locale", sa.Text()),
        sa.Column("groups", postgresql.JSONB(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(), nullable=False),
        sa.Column("addresses", postgresql.JSONB(), nullable=False),
        sa.Column("merged_into_id", postgresql.UUID()),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'merged', 'erased')", name=op.f("ck_buyers_status")),
        sa.CheckConstraint("source IN ('api', 'portal', 'import', 'order', 'mailbox')", name=op.f("ck_buyers_source")),
        sa.CheckConstraint("status <> 'merged' OR merged_into_id IS NOT NULL", name=op.f("ck_buyers_merged")),
        sa.CheckConstraint("(status = 'active') = (ended_at IS NULL)", name=op.f("ck_buyers_ended")),
        sa.CheckConstraint("email_verified_at IS NULL OR email IS NOT NULL", name=op.f("ck_buyers_email")),
        sa.CheckConstraint("phone_verified_at IS NULL OR phone IS NOT NULL", name=op.f("ck_buyers_phone")),
        _to_buyer("buyers", "merged_into_id"),
    )
    op.create_index("uq_buyers_reference", "buyers", ["business_id", "reference"], unique=True)
    for kind in ("email", "phone"):
        proven = sa.text(f"{kind}_verified_at IS NOT NULL AND status = 'active'")
        op.create_index(f"uq_buyers_{kind}", "buyers", ["business_id", kind], unique=True, postgresql_where=proven)
        known = sa.text(f"{kind} IS NOT NULL")
        op.create_index(f"ix_buyers_{kind}", "buyers", ["business_id", kind], postgresql_where=known)
    op.create_index("ix_buyers_created", "buyers", ["business_id", "created_at", "id"])
    op.create_index("ix_buyers_name", "buyers", ["business_id", "name"], postgresql_where=sa.text("name IS NOT NULL"))
    merged = sa.text("merged_into_id IS NOT NULL")
    op.create_index("ix_buyers_merged", "buyers", ["business_id", "merged_into_id"], postgresql_where=merged)


def _to_buyer(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_business_id_{column}")
    return sa.ForeignKeyConstraint(["business_id", column], ["buyers.business_id", "buyers.id"], name=name)
