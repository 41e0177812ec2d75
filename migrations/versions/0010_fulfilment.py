"""Fulfilment: deliveries and what they give: entitlements, licence keys, credit, points, downloads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = (
    "deliveries",
    "entitlements",
    "licence_keys",
    "grants",
    "points_accounts",
    "points_entries",
    "download_files",
    "download_versions",
    "download_rights",
    "download_uses",
)


def upgrade() -> None:
    _deliveries()
    _entitlements()
    _licence_keys()
    _grants()
    _points_accounts()
    _points_entries()
    _download_files()
    _download_versions()
    _download_rights()
    _download_uses()
    for statement in guards.of(Base, *TABLES):
        op.execute(statement)


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        *tenant_columns(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("line_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text()),
        sa.Column("answer", postgresql.JSONB()),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "status IN ('pending', 'delivered', 'failed', 'revoking', 'revoked', 'revocation_failed')", name="status"
        ),
        sa.CheckConstraint("(status IN ('pending', 'revoking')) = (next_attempt_at IS NOT NULL)", name="tried"),
        sa.Index("uq_deliveries_line", "business_id", "line_id", unique=True),
        sa.Index("ix_deliveries_order", "business_id", "order_id"),
        sa.Index(
            "ix_deliveries_due",
            "business_id",
            "next_attempt_at",
            postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
        ),
    )


def _entitlements() -> None:
    op.create_table(
        "entitlements",
        *tenant_columns(),
        sa.Column("delivery_id", sa.UUID(), nullable=False),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("upgrade", sa.Text(), nullable=False),
        sa.Column("worth_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        tenant_key("deliveries", "delivery_id"),
        sa.CheckConstraint("status IN ('active', 'revoked')", name="status"),
        sa.CheckConstraint("ends_at >= starts_at", name="span"),
        sa.CheckConstraint("seconds > 0 AND rank >= 0 AND worth_minor >= 0", name="bought"),
        sa.CheckConstraint("upgrade IN ('keep', 'convert', 'replace')", name="upgrade"),
        sa.CheckConstraint("(status = 'revoked') = (revoked_at IS NOT NULL)", name="revoked"),
        sa.Index("uq_entitlements_delivery", "business_id", "delivery_id", unique=True),
        sa.Index("ix_entitlements_buyer", "business_id", "buyer_reference", "product_id", "ends_at"),
    )


def _licence_keys() -> None:
    op.create_table(
        "licence_keys",
        *tenant_columns(),
        sa.Column("sku_id", sa.UUID(), nullable=False),
        sa.Column("ciphertext", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.UUID()),
        tenant_key("skus", "sku_id"),
        sa.CheckConstraint("status IN ('free', 'delivered', 'revoked')", name="status"),
        sa.CheckConstraint("status <> 'delivered' OR delivery_id IS NOT NULL", name="owner"),
        sa.Index("uq_licence_keys_fingerprint", "business_id", "sku_id", "fingerprint", unique=True),
        sa.Index("ix_licence_keys_free", "business_id", "sku_id", "id", postgresql_where=sa.text("status = 'free'")),
        sa.Index("ix_licence_keys_created", "business_id", "sku_id", "created_at", "id"),
        sa.Index("ix_licence_keys_delivery", "business_id", "delivery_id"),
    )


def _grants() -> None:
    op.create_table(
        "grants",
        *tenant_columns(),
        sa.Column("delivery_id", sa.UUID(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text()),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("clawed_back", sa.BigInteger(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("written_off", sa.BigInteger(), nullable=False),
        sa.Column("when_spent", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        tenant_key("deliveries", "delivery_id"),
        sa.CheckConstraint("granted >= 0 AND clawed_back >= 0 AND owed >= 0 AND written_off >= 0", name="positive"),
        sa.CheckConstraint(
            "clawed_back + owed + written_off = CASE WHEN revoked_at IS NULL THEN 0 ELSE granted END", name="back"
        ),
        sa.CheckConstraint("when_spent IN ('case', 'debt')", name="when_spent"),
        sa.Index("uq_grants_delivery", "business_id", "delivery_id", unique=True),
        sa.Index("ix_grants_buyer", "business_id", "buyer_reference", "id"),
    )


def _points_accounts() -> None:
    op.create_table(
        "points_accounts",
        *tenant_columns(),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("balance >= 0 AND owed >= 0", name="balance"),
        sa.Index("uq_points_accounts_buyer", "business_id", "buyer_reference", unique=True),
        sa.Index("ix_points_accounts_created", "business_id", "created_at", "id"),
    )


def _points_entries() -> None:
    op.create_table(
        "points_entries",
        *tenant_columns(),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.UUID()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        tenant_key("points_accounts", "account_id"),
        tenant_key("deliveries", "delivery_id"),
        sa.CheckConstraint("kind IN ('earned', 'granted', 'spent', 'clawed_back', 'collected')", name="kind"),
        sa.CheckConstraint("change <> 0 AND balance >= 0", name="change"),
        sa.CheckConstraint("(change > 0) = (kind IN ('earned', 'granted'))", name="sign"),
        sa.Index("ix_points_entries_account", "business_id", "account_id", "id"),
        sa.Index("ix_points_entries_delivery", "business_id", "delivery_id"),
        sa.Index(
            "ix_points_entries_granted", "business_id", "created_at", postgresql_where=sa.text("kind = 'granted'")
        ),
    )


def _download_files() -> None:
    op.create_table(
        "download_files",
        *tenant_columns(),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("sku_id", sa.UUID()),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        tenant_key("products", "product_id"),
        tenant_key("skus", "sku_id"),
        sa.Index(
            "ix_download_files_product", "business_id", "product_id", postgresql_where=sa.text("removed_at IS NULL")
        ),
    )


def _download_versions() -> None:
    op.create_table(
        "download_versions",
        *tenant_columns(),
        sa.Column("file_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        tenant_key("download_files", "file_id"),
        sa.CheckConstraint("number > 0 AND bytes >= 0", name="positive"),
        sa.Index("uq_download_versions_number", "business_id", "file_id", "number", unique=True),
        sa.Index("ix_download_versions_key", "business_id", "key"),
    )


def _download_rights() -> None:
    op.create_table(
        "download_rights",
        *tenant_columns(),
        sa.Column("delivery_id", sa.UUID(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("sku_id", sa.UUID(), nullable=False),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("allowed", sa.Integer()),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        tenant_key("deliveries", "delivery_id"),
        sa.CheckConstraint("allowed IS NULL OR allowed > 0", name="allowed"),
        sa.Index("uq_download_rights_delivery", "business_id", "delivery_id", unique=True),
    )


def _download_uses() -> None:
    op.create_table(
        "download_uses",
        *tenant_columns(),
        sa.Column("right_id", sa.UUID(), nullable=False),
        sa.Column("file_id", sa.UUID(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True)),
        tenant_key("download_rights", "right_id"),
        tenant_key("download_files", "file_id"),
        sa.CheckConstraint("used >= 0", name="used"),
        sa.Index("uq_download_uses_file", "business_id", "right_id", "file_id", unique=True),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
