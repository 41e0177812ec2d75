"""Tables of clearing."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key
from app.domain.settlement.clearing.types import KeptTerms


class SplitRule(Tenant, Base):
    """What a rule is about: every line of the business, or lines of a seller, category, product or SKU. What it says
    is in its versions. A line goes by the most precise rule that was in force when its order was placed."""

    __tablename__ = "split_rules"
    noun = "split rule"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("sellers", "seller_id"),
        tenant_key("categories", "category_id"),
        tenant_key("products", "product_id"),
        tenant_key("skus", "sku_id"),
        CheckConstraint("scope IN ('business', 'seller', 'category', 'product', 'sku')", name="scope"),
        CheckConstraint(
            "num_nonnulls(seller_id, category_id, product_id, sku_id) = (scope <> 'business')::int"
            " AND (scope <> 'seller' OR seller_id IS NOT NULL) AND (scope <> 'category' OR category_id IS NOT NULL)"
            " AND (scope <> 'product' OR product_id IS NOT NULL) AND (scope <> 'sku' OR sku_id IS NOT NULL)",
            name="subject",
        ),
        # One rule for each subject, so that which one counts is never a question of order.
        Index(
            "uq_split_rules_subject",
            "business_id",
            "scope",
            "seller_id",
            "category_id",
            "product_id",
            "sku_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_split_rules_created", "business_id", "created_at", "id"),
    )

    name: Mapped[str]
    scope: Mapped[str]
    seller_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    category_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    product_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    sku_id: Mapped[uuid.UUID | None] = mapped_column(default=None)


class SplitRuleVersion(Tenant, Base):
    """What a rule says for orders placed from `starts_at` on, before `ends_at`. `terms` is a SplitTerms as types.py
    writes it; without shares nothing is shared any more. Once in force it never changes, but for its end."""

    __tablename__ = "split_rule_versions"
    noun = "version"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("split_rules", "rule_id"),
        tenant_key("approvals", "approval_id"),
        CheckConstraint(
            "status IN ('draft', 'requested', 'in_force', 'superseded', 'rejected', 'discarded')", name="status"
        ),
        CheckConstraint("(status IN ('in_force', 'superseded')) = (starts_at IS NOT NULL)", name="started"),
        CheckConstraint("(status = 'superseded') = (ends_at IS NOT NULL)", name="ended"),
        CheckConstraint("ends_at >= starts_at", name="order"),
        Index("uq_split_rule_versions_number", "business_id", "rule_id", "number", unique=True),
        Index(
            "uq_split_rule_versions_open",
            "business_id",
            "rule_id",
            unique=True,
            postgresql_where="status IN ('draft', 'requested')",
        ),
        Index(
            "uq_split_rule_versions_current",
            "business_id",
            "rule_id",
            unique=True,
            postgresql_where="status = 'in_force'",
        ),
        Index("ix_split_rule_versions_times", "business_id", "rule_id", "starts_at"),
    )

    rule_id: Mapped[uuid.UUID]
    number: Mapped[int] = mapped_column(Integer)
    terms: Mapped[KeptTerms] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="draft")
    version: Mapped[int] = mapped_column(Integer, default=1)
    # When it is wanted to begin; None: as soon as it is approved.
    begins_at: Mapped[datetime | None] = mapped_column(default=None)
    starts_at: Mapped[datetime | None] = mapped_column(default=None)
    ends_at: Mapped[datetime | None] = mapped_column(default=None)
    written_by: Mapped[str]
    approval_id: Mapped[uuid.UUID | None] = mapped_column(default=None)


class ClearingEntry(Tenant, Base):
    """What one party gets of a line, or what a refund takes back of it: `amount_minor` is signed, + for the party.
    `party` is a partner's id as text, or `business`; what all parties get of a line for one cause is what was paid for
    it (`share`), or goes back (`share_reversed`), and of fees it is zero. `cause_id` is the order, or the refund."""

    __tablename__ = "clearing_entries"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        tenant_key("orders", "order_id"),
        tenant_key("order_lines", "line_id"),
        tenant_key("partners", "partner_id"),
        tenant_key("split_rule_versions", "rule_version_id"),
        tenant_key("ledger_journals", "journal_id"),
        CheckConstraint("kind IN ('share', 'fee', 'share_reversed', 'fee_reversed')", name="kind"),
        CheckConstraint("party = coalesce(partner_id::text, 'business')", name="party"),
        # A line is cleared once for each cause.
        Index("uq_clearing_entries_once", "business_id", "line_id", "cause_id", "kind", "party", unique=True),
        Index("ix_clearing_entries_order", "business_id", "order_id", "id"),
        Index(
            "ix_clearing_entries_partner",
            "business_id",
            "partner_id",
            "currency",
            "created_at",
            "id",
            postgresql_where="partner_id IS NOT NULL",
        ),
        Index("ix_clearing_entries_created", "business_id", "created_at", "id"),
    )

    order_id: Mapped[uuid.UUID]
    line_id: Mapped[uuid.UUID]
    party: Mapped[str]
    partner_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    kind: Mapped[str]
    cause_id: Mapped[uuid.UUID]
    rule_version_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    base_minor: Mapped[int]
    bps: Mapped[int] = mapped_column(Integer)
    amount_minor: Mapped[int]
    currency: Mapped[str]
    # None: nothing moved, since the parties' amounts were zero or only the business's.
    journal_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
