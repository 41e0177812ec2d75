"""Tables of the marketing noun."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key
from app.domain.marketing.rule_rows import RuleColumns


class Promotion(RuleColumns, Tenant, Base):
    """One promotion."""

    __tablename__ = "promotions"
    noun = "promotion"
    guard = BusinessRows(audit=Audit(ignored=("uses", "spent_minor")))
    __table_args__ = (
        CheckConstraint("status IN ('draft', 'active', 'paused', 'ended')", name="status"),
        CheckConstraint("uses >= 0 AND (max_uses IS NULL OR uses <= max_uses)", name="uses"),
        CheckConstraint("spent_minor >= 0 AND (budget_minor IS NULL OR spent_minor <= budget_minor)", name="budget"),
        Index("ix_promotions_status", "business_id", "status", "created_at"),
        Index("ix_promotions_created", "business_id", "created_at", "id"),
    )

    channels: Mapped[list[Any]] = mapped_column(default=list)


class PromotionUse(Tenant, Base):
    """What a promotion gave with one order, and how; given back when the order is closed unpaid."""

    __tablename__ = "promotion_uses"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("promotions", "promotion_id"),
        tenant_key("orders", "order_id"),
        CheckConstraint("spent_minor > 0", name="spent"),
        Index("uq_promotion_uses_order", "business_id", "order_id", "promotion_id", unique=True),
        Index("ix_promotion_uses_buyer", "business_id", "promotion_id", "buyer_reference"),
    )

    promotion_id: Mapped[uuid.UUID]
    order_id: Mapped[uuid.UUID]
    buyer_reference: Mapped[str]
    name: Mapped[str]
    explanation: Mapped[str]
    # The same for other languages; see core/i18n/language.
    explained: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    spent_minor: Mapped[int]
    released: Mapped[bool] = mapped_column(Boolean, default=False)


class CouponTemplate(RuleColumns, Tenant, Base):
    """What coupons of one kind give, to whom and when, how many there are, and when one is issued by itself. With a
    `code` everybody uses that one (`shared_code` is how it is shown); without, each coupon has its own. `issued` is
    counted only when it has a limit."""

    __tablename__ = "coupon_templates"
    noun = "coupon template"
    guard = BusinessRows(audit=Audit(ignored=("issued", "uses", "spent_minor")))
    __table_args__ = (
        CheckConstraint("status IN ('draft', 'active', 'paused', 'ended')", name="status"),
        CheckConstraint("refund_rule IN ('keep', 'return')", name="refund_rule"),
        CheckConstraint("issue_on IN ('manual', 'first_order', 'payment', 'segment')", name="issue_on"),
        CheckConstraint("(code IS NULL) = (shared_code IS NULL)", name="code"),
        CheckConstraint("code IS NULL OR (issue_on = 'manual' AND valid_days IS NULL)", name="shared"),
        CheckConstraint("uses >= 0 AND (max_uses IS NULL OR uses <= max_uses)", name="uses"),
        CheckConstraint("spent_minor >= 0 AND (budget_minor IS NULL OR spent_minor <= budget_minor)", name="budget"),
        CheckConstraint("issued >= 0 AND (max_issued IS NULL OR issued <= max_issued)", name="issued"),
        Index("ix_coupon_templates_status", "business_id", "status", "created_at"),
        Index("ix_coupon_templates_created", "business_id", "created_at", "id"),
        Index("ix_coupon_templates_code", "business_id", "code", postgresql_where="code IS NOT NULL"),
        Index(
            "uq_coupon_templates_code",
            "business_id",
            "code",
            unique=True,
            postgresql_where="code IS NOT NULL AND status <> 'ended'",
        ),
    )

    combinable: Mapped[bool] = mapped_column(Boolean, default=True)
    code: Mapped[str | None] = mapped_column(default=None)
    shared_code: Mapped[str | None] = mapped_column(default=None)
    listed: Mapped[bool] = mapped_column(Boolean, default=False)
    valid_days: Mapped[int | None] = mapped_column(Integer, default=None)
    max_issued: Mapped[int | None] = mapped_column(default=None)
    max_issued_per_buyer: Mapped[int | None] = mapped_column(default=None)
    identify_by: Mapped[list[Any]] = mapped_column(default=list)
    refund_rule: Mapped[str] = mapped_column(default="keep")
    issue_on: Mapped[str] = mapped_column(default="manual")
    issue: Mapped[dict[str, Any]] = mapped_column(default=dict)
    issued: Mapped[int] = mapped_column(default=0)


class CouponBatch(Tenant, Base):
    """Many codes of one template, made at once; `made` of `requested_count` are there."""

    __tablename__ = "coupon_batches"
    guard = BusinessRows(audit=Audit(ignored=("made",)))
    __table_args__ = (
        tenant_key("coupon_templates", "template_id"),
        CheckConstraint("requested_count > 0 AND made BETWEEN 0 AND requested_count", name="made"),
        Index("ix_coupon_batches_template", "business_id", "template_id", "created_at"),
    )

    template_id: Mapped[uuid.UUID]
    note: Mapped[str] = mapped_column(default="")
    requested_count: Mapped[int] = mapped_column(Integer)
    made: Mapped[int] = mapped_column(Integer, default=0)
    actor: Mapped[str]


class Coupon(Tenant, Base):
    """One coupon with a code of its own (`code` in its normal form), for one order. With a `buyer_reference` it is
    that buyer's; `order_id` is the order that holds it or has used it."""

    __tablename__ = "coupons"
    noun = "coupon"
    guard = BusinessRows(audit=Audit(only="UPDATE"))
    __table_args__ = (
        tenant_key("coupon_templates", "template_id"),
        tenant_key("coupon_batches", "batch_id"),
        tenant_key("orders", "order_id"),
        CheckConstraint("status IN ('issued', 'reserved', 'used', 'expired', 'revoked')", name="status"),
        CheckConstraint("(order_id IS NOT NULL) = (status IN ('reserved', 'used'))", name="order"),
        Index("uq_coupons_code", "business_id", "code", unique=True),
        Index("ix_coupons_created", "business_id", "created_at", "id"),
        Index("ix_coupons_status", "business_id", "status", "created_at", "id"),
        Index("ix_coupons_template", "business_id", "template_id", "created_at", "id"),
        Index("ix_coupons_batch", "business_id", "batch_id", "id", postgresql_where="batch_id IS NOT NULL"),
        Index(
            "ix_coupons_buyer",
            "business_id",
            "buyer_reference",
            "created_at",
            postgresql_where="buyer_reference IS NOT NULL",
        ),
        Index("ix_coupons_order", "business_id", "order_id", postgresql_where="order_id IS NOT NULL"),
        Index(
            "ix_coupons_expiry",
            "business_id",
            "expires_at",
            postgresql_where="status = 'issued' AND expires_at IS NOT NULL",
        ),
    )

    template_id: Mapped[uuid.UUID]
    batch_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    code: Mapped[str]
    status: Mapped[str] = mapped_column(default="issued")
    version: Mapped[int] = mapped_column(Integer, default=1)
    buyer_reference: Mapped[str | None] = mapped_column(default=None)
    email_key: Mapped[str | None] = mapped_column(default=None)
    device_key: Mapped[str | None] = mapped_column(default=None)
    source: Mapped[str]
    order_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)


class CouponUse(Tenant, Base):
    """What a coupon, or a shared code (`coupon_id` is absent), gave with one order, and who the buyer was. `used` once
    the order was paid; `released` when it was given back."""

    __tablename__ = "coupon_uses"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("coupon_templates", "template_id"),
        tenant_key("coupons", "coupon_id"),
        tenant_key("orders", "order_id"),
        CheckConstraint("spent_minor > 0", name="spent"),
        Index("uq_coupon_uses_order", "business_id", "order_id", "template_id", unique=True),
        Index(
            "uq_coupon_uses_coupon",
            "business_id",
            "coupon_id",
            unique=True,
            postgresql_where="coupon_id IS NOT NULL AND NOT released",
        ),
        Index("ix_coupon_uses_buyer", "business_id", "template_id", "buyer_reference"),
        Index(
            "ix_coupon_uses_email",
            "business_id",
            "template_id",
            "email_key",
            postgresql_where="email_key IS NOT NULL",
        ),
        Index(
            "ix_coupon_uses_device",
            "business_id",
            "template_id",
            "device_key",
            postgresql_where="device_key IS NOT NULL",
        ),
    )

    template_id: Mapped[uuid.UUID]
    coupon_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    order_id: Mapped[uuid.UUID]
    code: Mapped[str]
    name: Mapped[str]
    explanation: Mapped[str]
    # The same for other languages; see core/i18n/language.
    explained: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    buyer_reference: Mapped[str]
    email_key: Mapped[str | None] = mapped_column(default=None)
    device_key: Mapped[str | None] = mapped_column(default=None)
    spent_minor: Mapped[int]
    used: Mapped[bool] = mapped_column(Boolean, default=False)
    released: Mapped[bool] = mapped_column(Boolean, default=False)
