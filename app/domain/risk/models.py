"""Tables of the risk noun."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key
from app.domain.risk.types import KeptFacts, KeptRule

_OF_REFUNDS = "refund_id IS NOT NULL"


class RiskEntry(Tenant, Base):
    """One value on one list. `value` is its normal form; `key` is the hash by which it is found."""

    __tablename__ = "risk_entries"
    noun = "list entry"
    guard = BusinessRows(audit=Audit(ignored=("key",)), prunable=True)
    __table_args__ = (
        CheckConstraint("list_name IN ('allow', 'watch', 'block')", name="list_name"),
        CheckConstraint("kind IN ('buyer', 'email', 'email_domain', 'phone', 'address', 'device')", name="kind"),
        CheckConstraint("source IN ('portal', 'api', 'file')", name="source"),
        Index("uq_risk_entries_key", "business_id", "key", "list_name", unique=True),
        Index("ix_risk_entries_created", "business_id", "created_at", "id"),
        Index("ix_risk_entries_value", "business_id", "value"),
    )

    list_name: Mapped[str]
    kind: Mapped[str]
    value: Mapped[str]
    key: Mapped[str]
    reason: Mapped[str]
    source: Mapped[str]
    added_by: Mapped[str]
    expires_at: Mapped[datetime | None] = mapped_column(default=None)


class RiskRuleSet(Tenant, Base):
    """Rules that are tried together, as types.py keeps them. One is on and one is in shadow at most; what has left its
    draft never changes."""

    __tablename__ = "risk_rule_sets"
    noun = "rule set"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("approvals", "approval_id"),
        CheckConstraint("status IN ('draft', 'shadow', 'on', 'retired')", name="status"),
        CheckConstraint("status <> 'on' OR approval_id IS NOT NULL", name="approved"),
        Index("uq_risk_rule_sets_number", "business_id", "number", unique=True),
        Index("uq_risk_rule_sets_on", "business_id", unique=True, postgresql_where="status = 'on'"),
        Index("uq_risk_rule_sets_shadow", "business_id", unique=True, postgresql_where="status = 'shadow'"),
        Index("ix_risk_rule_sets_tried", "business_id", postgresql_where="status IN ('shadow', 'on')"),
        Index("ix_risk_rule_sets_created", "business_id", "created_at", "id"),
    )

    number: Mapped[int] = mapped_column(Integer)
    name: Mapped[str]
    status: Mapped[str] = mapped_column(default="draft")
    version: Mapped[int] = mapped_column(Integer, default=1)
    rules: Mapped[list[KeptRule]] = mapped_column(JSONB)
    block_at: Mapped[int | None] = mapped_column(default=None)
    written_by: Mapped[str]
    approval_id: Mapped[uuid.UUID | None] = mapped_column(default=None)


class RiskDecision(Tenant, Base):
    """What the rules made of one payment, or of one request for a refund, before any company heard of it: the facts as
    they were, who fired, and what came of it. `attempt_id` is the attempt that began when it was allowed, `refund_id`
    the transaction that did. Who it was is kept for a set time."""

    __tablename__ = "risk_decisions"
    noun = "decision"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        tenant_key("orders", "order_id"),
        tenant_key("risk_rule_sets", "rule_set_id"),
        tenant_key("risk_rule_sets", "shadow_set_id"),
        CheckConstraint("result IN ('allow', 'review', 'approval', 'wallet_only', 'block')", name="result"),
        CheckConstraint(
            "shadow_result IN ('allow', 'review', 'approval', 'wallet_only', 'block')", name="shadow_result"
        ),
        CheckConstraint(
            "subject = 'payment' AND attempt_id IS NOT NULL AND refund_id IS NULL"
            " AND result NOT IN ('approval', 'wallet_only')"
            " OR subject = 'refund' AND refund_id IS NOT NULL AND attempt_id IS NULL AND result <> 'review'",
            name="subject",
        ),
        CheckConstraint("(shadow_set_id IS NULL) = (shadow_result IS NULL)", name="shadow"),
        CheckConstraint("rule_set_id IS NOT NULL OR result = 'allow'", name="without_rules"),
        Index("ix_risk_decisions_created", "business_id", "created_at", "id"),
        Index("ix_risk_decisions_order", "business_id", "order_id"),
        Index("uq_risk_decisions_refund", "business_id", "refund_id", unique=True, postgresql_where=_OF_REFUNDS),
        Index("ix_risk_decisions_buyer", "business_id", "buyer_reference", "created_at"),
        Index(
            "ix_risk_decisions_email",
            "business_id",
            "email_key",
            "created_at",
            postgresql_where="email_key IS NOT NULL",
        ),
        Index(
            "ix_risk_decisions_address",
            "business_id",
            "address_hash",
            "created_at",
            postgresql_where="address_hash IS NOT NULL",
        ),
        Index(
            "ix_risk_decisions_device",
            "business_id",
            "device_key",
            "created_at",
            postgresql_where="device_key IS NOT NULL",
        ),
        Index(
            "ix_risk_decisions_entries",
            "entry_ids",
            postgresql_using="gin",
            postgresql_where="entry_ids <> '{}'",
        ),
    )

    order_id: Mapped[uuid.UUID]
    subject: Mapped[str] = mapped_column(default="payment", server_default="payment")
    attempt_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    refund_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    buyer_reference: Mapped[str]
    email_key: Mapped[str | None] = mapped_column(default=None)
    device_key: Mapped[str | None] = mapped_column(default=None)
    buyer_ip: Mapped[str | None] = mapped_column(default=None)
    address_hash: Mapped[int | None] = mapped_column(default=None)
    currency: Mapped[str]
    amount_minor: Mapped[int]
    facts: Mapped[KeptFacts] = mapped_column(JSONB)
    # Entries that named somebody of the payment: their hits are counted here, so that no payment waits for another.
    entry_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(UUID(as_uuid=True)))
    rule_set_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    result: Mapped[str]
    score: Mapped[int] = mapped_column(Integer, default=0)
    fired: Mapped[list[str]] = mapped_column(JSONB)
    shadow_set_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    shadow_result: Mapped[str | None] = mapped_column(default=None)
    shadow_score: Mapped[int] = mapped_column(Integer, default=0)
    shadow_fired: Mapped[list[str]] = mapped_column(JSONB)


class RiskReview(Tenant, Base):
    """A payment that rules held for a person: whether its order may be paid. One order has one at most, and what was
    released is not held again. An order that ends first takes its review with it: nothing is left to decide."""

    __tablename__ = "risk_reviews"
    noun = "review"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("orders", "order_id"),
        tenant_key("risk_decisions", "decision_id"),
        CheckConstraint("status IN ('waiting', 'released', 'refused')", name="status"),
        CheckConstraint(
            "(status = 'waiting') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)"
            " AND (decided_at IS NULL) = (resolution IS NULL)",
            name="decided",
        ),
        Index("uq_risk_reviews_order", "business_id", "order_id", unique=True),
        Index("ix_risk_reviews_created", "business_id", "created_at", "id"),
        Index("ix_risk_reviews_decision", "business_id", "decision_id"),
    )

    order_id: Mapped[uuid.UUID]
    decision_id: Mapped[uuid.UUID]
    status: Mapped[str] = mapped_column(default="waiting")
    version: Mapped[int] = mapped_column(Integer, default=1)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    decided_by: Mapped[str | None] = mapped_column(default=None)
    resolution: Mapped[str | None] = mapped_column(default=None)
