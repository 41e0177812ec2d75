"""The checkout: configurations and sessions, agreements and who accepted them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = (
    "checkout_configurations",
    "checkout_sessions",
    "agreement_templates",
    "agreement_products",
    "agreement_drafts",
    "agreements",
    "agreement_acceptances",
)

# Of a published version everything stays but `current`, which moves on when the next one is published.
_FIXED = "business_id, id, template_id, code, locale, revision, title, body, text_hash, published_by, created_at"
_OLD, _NEW = (", ".join(f"{row}.{column}" for column in _FIXED.split(", ")) for row in ("OLD", "NEW"))
_REFUSE = "EXECUTE FUNCTION bursar_refuse_change()"
PUBLISHED_STAYS = (
    "CREATE TRIGGER published_stays BEFORE UPDATE ON agreements FOR EACH ROW"
    f" WHEN (({_OLD}) IS DISTINCT FROM ({_NEW})) {_REFUSE}",
    f"CREATE TRIGGER published_is_kept BEFORE DELETE ON agreements FOR EACH ROW {_REFUSE}",
    f"CREATE TRIGGER published_is_kept_truncate BEFORE TRUNCATE ON agreements FOR EACH STATEMENT {_REFUSE}",
)


def upgrade() -> None:
    _checkout_configurations()
    _checkout_sessions()
    _agreement_templates()
    _agreement_products()
    _agreement_drafts()
    _agreements()
    _agreement_acceptances()
    for statement in (*guards.of(Base, *TABLES), *PUBLISHED_STAYS):
        op.execute(statement)


def _checkout_configurations() -> None:
    op.create_table(
        "checkout_configurations",
        *tenant_columns(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("items", postgresql.JSONB(), nullable=False),
        sa.Column("currency", sa.Text()),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("return_url", sa.Text()),
        sa.Column("locale", sa.Text()),
        sa.Column("appearance", postgresql.JSONB(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True)),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("jsonb_array_length(items) BETWEEN 1 AND 50", name="items"),
        sa.CheckConstraint("archived_at IS NULL OR NOT active", name="archived"),
        sa.Index("ix_checkout_configurations_created", "business_id", "created_at", "id"),
        sa.Index("ix_checkout_configurations_id", "id"),
    )


def _checkout_sessions() -> None:
    op.create_table(
        "checkout_sessions",
        *tenant_columns(),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("link_open_count", sa.Integer(), nullable=False),
        sa.Column("link_reusable", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("items", postgresql.JSONB(), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("configuration_id", sa.UUID()),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text()),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.UUID()),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("buyer_email", sa.Text()),
        sa.Column("buyer_phone", sa.Text()),
        sa.Column("buyer_signed_in", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("return_url", sa.Text()),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("coupon_codes", postgresql.JSONB(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        tenant_key("checkout_configurations", "configuration_id"),
        sa.CheckConstraint("status IN ('open', 'complete', 'expired', 'cancelled')", name="status"),
        sa.CheckConstraint("jsonb_array_length(items) BETWEEN 1 AND 50", name="items"),
        sa.Index("ix_checkout_sessions_order", "business_id", "order_id"),
        sa.Index("ix_checkout_sessions_created", "business_id", "created_at", "id"),
        sa.Index(
            "ix_checkout_sessions_configuration",
            "business_id",
            "configuration_id",
            "created_at",
            postgresql_where=sa.text("configuration_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_checkout_sessions_expiry", "business_id", "expires_at", postgresql_where=sa.text("status = 'open'")
        ),
    )


def _agreement_templates() -> None:
    op.create_table(
        "agreement_templates",
        *tenant_columns(),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("applies_to", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.CheckConstraint("applies_to IN ('business', 'products')", name="applies_to"),
        sa.Index("uq_agreement_templates_code", "business_id", "code", unique=True),
        sa.Index("ix_agreement_templates_created", "business_id", "created_at", "id"),
    )


def _agreement_products() -> None:
    op.create_table(
        "agreement_products",
        *tenant_columns(),
        sa.Column("template_id", sa.UUID(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=False),
        tenant_key("agreement_templates", "template_id"),
        tenant_key("products", "product_id"),
        sa.Index("uq_agreement_products_pair", "business_id", "template_id", "product_id", unique=True),
        sa.Index("ix_agreement_products_product", "business_id", "product_id"),
    )


def _agreement_drafts() -> None:
    op.create_table(
        "agreement_drafts",
        *tenant_columns(),
        sa.Column("template_id", sa.UUID(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edited_by", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        tenant_key("agreement_templates", "template_id"),
        sa.Index("uq_agreement_drafts_locale", "business_id", "template_id", "locale", unique=True),
    )


def _agreements() -> None:
    op.create_table(
        "agreements",
        *tenant_columns(),
        sa.Column("template_id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        tenant_key("agreement_templates", "template_id"),
        sa.CheckConstraint(
            "text_hash = encode(sha256(convert_to(title || E'\\n' || body, 'UTF8')), 'hex')", name="text_hash"
        ),
        sa.Index("ix_agreements_created", "business_id", "template_id", "created_at", "id"),
        sa.Index("uq_agreements_version", "business_id", "code", "locale", "revision", unique=True),
        sa.Index(
            "uq_agreements_current",
            "business_id",
            "template_id",
            "locale",
            unique=True,
            postgresql_where=sa.text("current"),
        ),
    )


def _agreement_acceptances() -> None:
    op.create_table(
        "agreement_acceptances",
        *tenant_columns(),
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("agreement_id", sa.UUID(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("buyer_ip", sa.Text()),
        tenant_key("orders", "order_id"),
        tenant_key("agreements", "agreement_id"),
        sa.Index("uq_agreement_acceptances_once", "business_id", "order_id", "agreement_id", unique=True),
        sa.Index("ix_agreement_acceptances_agreement", "business_id", "agreement_id", "created_at"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
