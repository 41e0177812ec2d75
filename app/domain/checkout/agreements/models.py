"""Tables of the agreements noun."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key


class AgreementTemplate(Tenant, Base):
    """One text through its languages and versions. `applies_to` business: every buyer is asked; products: those who
    buy one that is named in agreement_products. One that is not `enabled` is asked of nobody."""

    __tablename__ = "agreement_templates"
    noun = "agreement"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        CheckConstraint("applies_to IN ('business', 'products')", name="applies_to"),
        Index("uq_agreement_templates_code", "business_id", "code", unique=True),
        Index("ix_agreement_templates_created", "business_id", "created_at", "id"),
    )

    code: Mapped[str]
    name: Mapped[str]
    applies_to: Mapped[str] = mapped_column(default="business")
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)


class AgreementProduct(Tenant, Base):
    """A product whose buyers are asked for the template."""

    __tablename__ = "agreement_products"
    guard = BusinessRows(audit=Audit(), prunable=True)
    __table_args__ = (
        tenant_key("agreement_templates", "template_id"),
        tenant_key("products", "product_id"),
        Index("uq_agreement_products_pair", "business_id", "template_id", "product_id", unique=True),
        Index("ix_agreement_products_product", "business_id", "product_id"),
    )

    template_id: Mapped[uuid.UUID]
    product_id: Mapped[uuid.UUID]


class AgreementDraft(Tenant, Base):
    """What is being written in one language; `version` counts its savings."""

    __tablename__ = "agreement_drafts"
    guard = BusinessRows(audit=Audit(), prunable=True)
    __table_args__ = (
        tenant_key("agreement_templates", "template_id"),
        Index("uq_agreement_drafts_locale", "business_id", "template_id", "locale", unique=True),
    )

    template_id: Mapped[uuid.UUID]
    locale: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    version: Mapped[int] = mapped_column(Integer, default=1)
    edited_by: Mapped[str]
    edited_at: Mapped[datetime] = mapped_column(default=now)


class Agreement(Tenant, Base):
    """One published version. The database refuses to change anything of it but `current`, and to delete it."""

    __tablename__ = "agreements"
    noun = "version"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("agreement_templates", "template_id"),
        CheckConstraint(
            "text_hash = encode(sha256(convert_to(title || E'\\n' || body, 'UTF8')), 'hex')", name="text_hash"
        ),
        Index("ix_agreements_created", "business_id", "template_id", "created_at", "id"),
        Index("uq_agreements_version", "business_id", "code", "locale", "revision", unique=True),
        Index(
            "uq_agreements_current",
            "business_id",
            "template_id",
            "locale",
            unique=True,
            postgresql_where="current",
        ),
    )

    template_id: Mapped[uuid.UUID]
    code: Mapped[str]
    locale: Mapped[str]
    revision: Mapped[int] = mapped_column(Integer)
    title: Mapped[str]
    body: Mapped[str]
    text_hash: Mapped[str]
    current: Mapped[bool] = mapped_column(Boolean, default=True)
    published_by: Mapped[str] = mapped_column(default="system")
