"""Agreements get templates, products and drafts; the database holds published versions to their hash."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.db import guards

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KEY = (
    sa.Column("business_id", sa.UUID(), nullable=False),
    sa.Column("id", sa.UUID(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
)
_HASH = "text_hash = encode(sha256(convert_to(title || E'\\n' || body, 'UTF8')), 'hex')"
# Everything but `current`, which moves on when the next version is published.
_FIXED = "business_id, id, template_id, code, locale, revision, title, body, text_hash, published_by, created_at"


def _row(name: str) -> str:
    return ", ".join(f"{name}.{column}" for column in _FIXED.split(", "))


def upgrade() -> None:
    _templates()
    _drafts_and_products()
    for name in ("agreement_templates", "agreement_products", "agreement_drafts"):
        for statement in guards.tenant_table(name, prunable=name != "agreement_templates"):
            op.execute(statement)
    _versions()
    op.add_column("agreement_acceptances", sa.Column("buyer_ip", sa.Text(), nullable=True))
    op.create_index(
        "ix_agreement_acceptances_agreement",
        "agreement_acceptances",
        ["business_id", "agreement_id", "created_at"],
    )


def _templates() -> None:
    op.create_table(
        "agreement_templates",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("applies_to", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        *(column.copy() for column in _KEY),
        sa.CheckConstraint("applies_to IN ('business', 'products')", name=op.f("ck_agreement_templates_applies_to")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_agreement_templates")),
    )
    op.create_index("uq_agreement_templates_code", "agreement_templates", ["business_id", "code"], unique=True)


def _drafts_and_products() -> None:
    op.create_table(
        "agreement_drafts",
        sa.Column("template_id", sa.UUID(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edited_by", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        *(column.copy() for column in _KEY),
        _to("agreement_drafts", "agreement_templates", "template_id"),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_agreement_drafts")),
    )
    op.create_index(
        "uq_agreement_drafts_locale", "agreement_drafts", ["business_id", "template_id", "locale"], unique=True
    )
    op.create_table(
        "agreement_products",
        sa.Column("template_id", sa.UUID(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=False),
        *(column.copy() for column in _KEY),
        _to("agreement_products", "agreement_templates", "template_id"),
        _to("agreement_products", "products", "product_id"),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_agreement_products")),
    )
    op.create_index(
        "uq_agreement_products_pair", "agreement_products", ["business_id", "template_id", "product_id"], unique=True
    )
    op.create_index("ix_agreement_products_product", "agreement_products", ["business_id", "product_id"])


def _versions() -> None:
    op.add_column("agreements", sa.Column("template_id", sa.UUID(), nullable=True))
    op.add_column("agreements", sa.Column("published_by", sa.Text(), nullable=False, server_default="system"))
    op.alter_column("agreements", "published_by", server_default=None)
    # Row-level security holds the owner of the tables too; the system's role sees every business.
    op.execute("SET LOCAL ROLE bursar_system")
    op.execute(
        "INSERT INTO agreement_templates (business_id, id, created_at, code, name, applies_to, enabled)"
        " SELECT DISTINCT ON (business_id, code) business_id, id, created_at, code, title, 'business', true"
        " FROM agreements ORDER BY business_id, code, created_at DESC"
    )
    op.execute(
        "UPDATE agreements a SET template_id = t.id FROM agreement_templates t"
        " WHERE t.business_id = a.business_id AND t.code = a.code"
    )
    op.execute("RESET ROLE")
    op.alter_column("agreements", "template_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_agreements_business_id_template_id"),
        "agreements",
        "agreement_templates",
        ["business_id", "template_id"],
        ["business_id", "id"],
    )
    op.create_check_constraint(op.f("ck_agreements_text_hash"), "agreements", _HASH)
    op.create_index(
        "uq_agreements_current",
        "agreements",
        ["business_id", "template_id", "locale"],
        unique=True,
        postgresql_where="current",
    )
    refuse = "EXECUTE FUNCTION bursar_refuse_change()"
    for statement in (
        "CREATE TRIGGER published_stays BEFORE UPDATE ON agreements FOR EACH ROW"
        f" WHEN (({_row('OLD')}) IS DISTINCT FROM ({_row('NEW')})) {refuse}",
        f"CREATE TRIGGER published_is_kept BEFORE DELETE ON agreements FOR EACH ROW {refuse}",
        f"CREATE TRIGGER published_is_kept_truncate BEFORE TRUNCATE ON agreements FOR EACH STATEMENT {refuse}",
    ):
        op.execute(statement)


def _to(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["business_id", column],
        [f"{other}.business_id", f"{other}.id"],
        name=op.f(f"fk_{table}_business_id_{column}"),
    )


def downgrade() -> None:
    op.drop_index("ix_agreement_acceptances_agreement", table_name="agreement_acceptances")
    op.drop_column("agreement_acceptances", "buyer_ip")
    for trigger in ("published_stays", "published_is_kept", "published_is_kept_truncate"):
        op.execute(f"DROP TRIGGER {trigger} ON agreements")
    op.drop_index("uq_agreements_current", table_name="agreements")
    op.drop_constraint("ck_agreements_text_hash", "agreements")
    op.drop_constraint("fk_agreements_business_id_template_id", "agreements")
    op.drop_column("agreements", "published_by")
    op.drop_column("agreements", "template_id")
    for name in ("agreement_products", "agreement_drafts", "agreement_templates"):
        op.drop_table(name)
