"""Where payments go: terms of channel accounts, rules, and the decision of each attempt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import guards

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_payment_attempts_account",
        "payment_attempts",
        ["business_id", "channel_account_id", "created_at"],
        unique=False,
    )
    _terms()
    _rules()
    _decisions()
    for statement in guards.all_of(
        [
            guards.tenant_table("channel_terms", prunable=True),
            guards.tenant_table("routing_rules", prunable=True),
            guards.tenant_table("routing_decisions", append_only=True),
        ]
    ):
        op.execute(statement)


def _terms() -> None:
    op.create_table(
        "channel_terms",
        sa.Column("channel_account_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("min_minor", sa.BigInteger(), nullable=True),
        sa.Column("max_minor", sa.BigInteger(), nullable=True),
        sa.Column("daily_minor", sa.BigInteger(), nullable=True),
        sa.Column("fee_bps", sa.Integer(), nullable=True),
        sa.Column("fee_fixed_minor", sa.BigInteger(), nullable=True),
        *_tenant(),
        sa.CheckConstraint("min_minor BETWEEN 1 AND 99999999999", name=op.f("ck_channel_terms_min")),
        sa.CheckConstraint(
            "max_minor BETWEEN coalesce(min_minor, 1) AND 99999999999", name=op.f("ck_channel_terms_max")
        ),
        sa.CheckConstraint("daily_minor > 0", name=op.f("ck_channel_terms_daily")),
        sa.CheckConstraint("fee_bps BETWEEN 0 AND 10000", name=op.f("ck_channel_terms_fee_bps")),
        sa.CheckConstraint("fee_fixed_minor BETWEEN 0 AND 99999999999", name=op.f("ck_channel_terms_fee_fixed")),
        _within("channel_terms", "channel_accounts", "channel_account_id"),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_channel_terms")),
    )
    op.create_index(
        "uq_channel_terms_currency", "channel_terms", ["business_id", "channel_account_id", "currency"], unique=True
    )


def _rules() -> None:
    op.create_table(
        "routing_rules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("min_minor", sa.BigInteger(), nullable=True),
        sa.Column("max_minor", sa.BigInteger(), nullable=True),
        sa.Column("scene", sa.Text(), nullable=True),
        sa.Column("from_minute", sa.Integer(), nullable=True),
        sa.Column("until_minute", sa.Integer(), nullable=True),
        sa.Column("product_id", sa.UUID(), nullable=True),
        sa.Column("sku_id", sa.UUID(), nullable=True),
        sa.Column("targets", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        *_tenant(),
        sa.CheckConstraint(
            "currency IS NOT NULL OR (min_minor IS NULL AND max_minor IS NULL)",
            name=op.f("ck_routing_rules_amount_currency"),
        ),
        sa.CheckConstraint(
            "min_minor >= 0 AND max_minor >= coalesce(min_minor, 0)", name=op.f("ck_routing_rules_amount")
        ),
        sa.CheckConstraint("(from_minute IS NULL) = (until_minute IS NULL)", name=op.f("ck_routing_rules_hours")),
        sa.CheckConstraint(
            "from_minute BETWEEN 0 AND 1439 AND until_minute BETWEEN 0 AND 1440", name=op.f("ck_routing_rules_minutes")
        ),
        _within("routing_rules", "products", "product_id"),
        _within("routing_rules", "skus", "sku_id"),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_routing_rules")),
    )
    op.create_index("ix_routing_rules_order", "routing_rules", ["business_id", "priority", "id"], unique=False)


def _decisions() -> None:
    op.create_table(
        "routing_decisions",
        sa.Column("wanted", sa.Text(), nullable=True),
        sa.Column("candidates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        *_tenant(),
        _within("routing_decisions", "payment_attempts", "id"),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_routing_decisions")),
    )


def _tenant() -> list[sa.Column[object]]:
    return [
        sa.Column("business_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _within(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["business_id", column],
        [f"{other}.business_id", f"{other}.id"],
        name=op.f(f"fk_{table}_business_id_{column}"),
    )


def downgrade() -> None:
    for table in ("routing_decisions", "routing_rules", "channel_terms"):
        op.drop_table(table)
    op.drop_index("ix_payment_attempts_account", table_name="payment_attempts")
