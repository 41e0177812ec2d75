"""Campaigns, and what they decided about each buyer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.db import Base, guards
from app.core.db.models import tenant_columns, tenant_key

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_TRIGGERS = (
    "('sign_up', 'first_visit', 'birthday', 'nth_order', 'win_back', 'channel', 'abandoned_checkout', 'segment',"
    " 'file')"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "campaigns",
        *tenant_columns(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("occasion", postgresql.JSONB(), nullable=False),
        sa.Column("audience", postgresql.JSONB(), nullable=False),
        sa.Column("template_id", sa.UUID(), nullable=False),
        sa.Column("holdout_bps", sa.Integer(), nullable=False),
        sa.Column("max_issued", sa.BigInteger()),
        sa.Column("budget_minor", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True)),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("next_run_at", sa.DateTime(timezone=True)),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("held_out", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        tenant_key("coupon_templates", "template_id"),
        sa.CheckConstraint("status IN ('draft', 'scheduled', 'running', 'paused', 'ended')", name="status"),
        sa.CheckConstraint(f"trigger IN {_TRIGGERS}", name="trigger"),
        sa.CheckConstraint("holdout_bps BETWEEN 0 AND 5000", name="holdout"),
        sa.CheckConstraint("(status = 'running') = (next_run_at IS NOT NULL)", name="next_run"),
        sa.CheckConstraint("status <> 'scheduled' OR starts_at IS NOT NULL", name="scheduled"),
        sa.CheckConstraint("max_issued IS NULL OR issued <= max_issued", name="issued"),
        sa.CheckConstraint("(budget_minor IS NULL) = (currency IS NULL)", name="budget"),
        sa.Index("ix_campaigns_created", "business_id", "created_at", "id"),
        sa.Index("ix_campaigns_status", "business_id", "status", "created_at"),
        sa.Index("ix_campaigns_due", "business_id", "next_run_at", postgresql_where=sa.text("next_run_at IS NOT NULL")),
    )
    _entries()
    for statement in guards.of(Base, "campaigns", "campaign_entries"):
        op.execute(statement)


def _entries() -> None:
    op.create_table(
        "campaign_entries",
        *tenant_columns(),
        sa.Column("campaign_id", sa.UUID(), nullable=False),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text()),
        sa.Column("coupon_id", sa.UUID()),
        tenant_key("campaigns", "campaign_id"),
        tenant_key("coupons", "coupon_id"),
        sa.CheckConstraint("outcome IN ('issued', 'held_out', 'refused')", name="outcome"),
        sa.CheckConstraint("(outcome = 'issued') = (coupon_id IS NOT NULL)", name="coupon"),
        sa.Index(
            "uq_campaign_entries_occasion", "business_id", "campaign_id", "buyer_reference", "occasion", unique=True
        ),
        sa.Index("ix_campaign_entries_created", "business_id", "campaign_id", "created_at", "id"),
        sa.Index(
            "ix_campaign_entries_email",
            "business_id",
            "campaign_id",
            "email_key",
            postgresql_where=sa.text("email_key IS NOT NULL"),
        ),
        sa.Index(
            "ix_campaign_entries_coupon",
            "business_id",
            "coupon_id",
            postgresql_where=sa.text("coupon_id IS NOT NULL"),
        ),
    )


def downgrade() -> None:
    op.drop_table("campaign_entries")
    op.drop_table("campaigns")
