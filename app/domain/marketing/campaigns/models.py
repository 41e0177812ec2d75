"""Tables of campaigns."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key
from app.domain.marketing.campaigns.types import KeptAudience, KeptOccasion, Outcome

_TRIGGERS = (
    "('sign_up', 'first_visit', 'birthday', 'nth_order', 'win_back', 'channel', 'abandoned_checkout', 'segment',"
    " 'file')"
)


class Campaign(Tenant, Base):
    """Which coupons go to whom, on which occasion. `occasion` has what its trigger asks for, `audience` what narrows
    buyers besides, as types.py reads them. Counters are kept by the run that counts."""

    __tablename__ = "campaigns"
    noun = "campaign"
    guard = BusinessRows(audit=Audit(ignored=("issued", "held_out", "refused", "next_run_at")))
    __table_args__ = (
        tenant_key("coupon_templates", "template_id"),
        CheckConstraint("status IN ('draft', 'scheduled', 'running', 'paused', 'ended')", name="status"),
        CheckConstraint(f"trigger IN {_TRIGGERS}", name="trigger"),
        CheckConstraint("holdout_bps BETWEEN 0 AND 5000", name="holdout"),
        CheckConstraint("(status = 'running') = (next_run_at IS NOT NULL)", name="next_run"),
        CheckConstraint("status <> 'scheduled' OR starts_at IS NOT NULL", name="scheduled"),
        CheckConstraint("max_issued IS NULL OR issued <= max_issued", name="issued"),
        CheckConstraint("(budget_minor IS NULL) = (currency IS NULL)", name="budget"),
        Index("ix_campaigns_created", "business_id", "created_at", "id"),
        Index("ix_campaigns_status", "business_id", "status", "created_at"),
        Index("ix_campaigns_due", "business_id", "next_run_at", postgresql_where="next_run_at IS NOT NULL"),
    )

    name: Mapped[str]
    status: Mapped[str] = mapped_column(default="draft")
    version: Mapped[int] = mapped_column(Integer, default=1)
    trigger: Mapped[str]
    occasion: Mapped[KeptOccasion] = mapped_column(JSONB, default=dict)
    audience: Mapped[KeptAudience] = mapped_column(JSONB, default=dict)
    template_id: Mapped[uuid.UUID]
    holdout_bps: Mapped[int] = mapped_column(Integer, default=0)
    max_issued: Mapped[int | None] = mapped_column(default=None)
    # The campaign ends when its coupons took off so much, in minor units.
    budget_minor: Mapped[int | None] = mapped_column(default=None)
    currency: Mapped[str | None] = mapped_column(default=None)
    # How long after an entry an order counts as following from it.
    window_days: Mapped[int] = mapped_column(Integer, default=30)
    starts_at: Mapped[datetime | None] = mapped_column(default=None)
    ends_at: Mapped[datetime | None] = mapped_column(default=None)
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    next_run_at: Mapped[datetime | None] = mapped_column(default=None)
    issued: Mapped[int] = mapped_column(default=0)
    held_out: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)


class CampaignEntry(Tenant, Base):
    """What a campaign decided about one buyer on one occasion, once and for all."""

    __tablename__ = "campaign_entries"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("campaigns", "campaign_id"),
        tenant_key("coupons", "coupon_id"),
        CheckConstraint("outcome IN ('issued', 'held_out', 'refused')", name="outcome"),
        CheckConstraint("(outcome = 'issued') = (coupon_id IS NOT NULL)", name="coupon"),
        Index("uq_campaign_entries_occasion", "business_id", "campaign_id", "buyer_reference", "occasion", unique=True),
        Index("ix_campaign_entries_created", "business_id", "campaign_id", "created_at", "id"),
        Index(
            "ix_campaign_entries_email",
            "business_id",
            "campaign_id",
            "email_key",
            postgresql_where="email_key IS NOT NULL",
        ),
        Index("ix_campaign_entries_coupon", "business_id", "coupon_id", postgresql_where="coupon_id IS NOT NULL"),
    )

    campaign_id: Mapped[uuid.UUID]
    buyer_reference: Mapped[str]
    occasion: Mapped[str]
    outcome: Mapped[Outcome] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(default="")
    email_key: Mapped[str | None] = mapped_column(default=None)
    coupon_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
