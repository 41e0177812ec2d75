"""The audit log: who changed what by hand or by key, noted by the database itself, sealed in a signed chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# table → columns that are noted by name only, columns that are not noted, the statements that are noted (all).
NOTED: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "agreement_drafts": ((), (), ""),
    "agreement_products": ((), (), ""),
    "agreement_templates": ((), (), ""),
    "agreements": ((), (), ""),
    "api_keys": (("secret_hash",), ("last_used_at",), ""),
    "bank_transfers": ((), (), ""),
    "businesses": ((), (), ""),
    "cases": ((), (), ""),
    "categories": ((), (), ""),
    "checkout_configurations": ((), (), ""),
    "channel_accounts": ((), (), ""),
    "channel_terms": ((), (), ""),
    "coupon_batches": ((), ("made",), ""),
    "coupon_templates": ((), ("issued", "uses", "spent_minor"), ""),
    "coupons": ((), (), "UPDATE"),
    "download_files": ((), (), ""),
    "download_versions": ((), (), ""),
    "freeze_releases": ((), (), ""),
    "licence_keys": ((), (), "UPDATE"),
    "memberships": ((), (), ""),
    "order_notes": ((), (), ""),
    "payment_transactions": ((), (), "INSERT"),
    "points_entries": ((), (), ""),
    "product_categories": ((), (), ""),
    "product_images": ((), (), ""),
    "product_imports": ((), (), "INSERT"),
    "products": ((), (), ""),
    "promotions": ((), ("uses", "spent_minor"), ""),
    "routing_rules": ((), (), ""),
    "sku_prices": ((), (), ""),
    "skus": ((), ("stock", "reserved"), ""),
    "stock_changes": ((), (), ""),
    "wallet_freezes": ((), (), ""),
}


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_table", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("action IN ('created', 'changed', 'removed')", name=op.f("ck_audit_entries_action")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_actor", "audit_entries", ["business_id", "actor", "id"])
    op.create_index("ix_audit_entries_subject", "audit_entries", ["business_id", "subject_id", "id"])
    op.create_index("ix_audit_entries_table", "audit_entries", ["business_id", "subject_table", "id"])
    op.create_table(
        "audit_seals",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("through_id", sa.UUID(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_audit_seals")),
    )
    op.create_index("uq_audit_seals_number", "audit_seals", ["business_id", "number"], unique=True)
    for statement in guards.all_of(
        guards.tenant_table(table, append_only=True) for table in ("audit_entries", "audit_seals")
    ):
        op.execute(statement)
    for statement in (guards.NEW_ID, guards.NOTE_CHANGE, guards.ENTRY_TEXT, guards.SEALS_NOW):
        op.execute(statement)
    for table, (secret, ignored, only) in NOTED.items():
        for statement in guards.noted_table(table, secret=secret, ignored=ignored, only=only):
            op.execute(statement)


def downgrade() -> None:
    for table in NOTED:
        op.execute(f"DROP TRIGGER noted ON {table}")
    op.execute("DROP VIEW audit_seals_now")
    op.execute("DROP FUNCTION bursar_note_change()")
    op.execute("DROP FUNCTION bursar_entry_text(audit_entries)")
    op.execute("DROP FUNCTION bursar_new_id()")
    op.drop_table("audit_seals")
    op.drop_table("audit_entries")
