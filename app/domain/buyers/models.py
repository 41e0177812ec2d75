"""Tables of the buyers noun."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, here
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key


class Buyer(Tenant, Base):
    """One buyer. `reference` is the merchant's, or one of ours for who came without; it is what orders, wallets,
    coupons and entitlements name. `email` is in lower case, `phone` as E.164 writes it; each is one buyer's alone once
    it is proven. A merged buyer names the one who has everything now, who is never merged itself (I180)."""

    __tablename__ = "buyers"
    noun = "buyer"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        CheckConstraint("status IN ('active', 'merged', 'erased')", name="status"),
        CheckConstraint("source IN ('api', 'portal', 'order', 'mailbox', 'import')", name="source"),
        CheckConstraint("status <> 'merged' OR merged_into_id IS NOT NULL", name="merged"),
        CheckConstraint("(status = 'active') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("email_verified_at IS NULL OR email IS NOT NULL", name="email"),
        CheckConstraint("phone_verified_at IS NULL OR phone IS NOT NULL", name="phone"),
        tenant_key("buyers", "merged_into_id"),
        Index("uq_buyers_reference", "business_id", "reference", unique=True),
        Index(
            "uq_buyers_email",
            "business_id",
            "email",
            unique=True,
            postgresql_where="email_verified_at IS NOT NULL AND status = 'active'",
        ),
        Index(
            "uq_buyers_phone",
            "business_id",
            "phone",
            unique=True,
            postgresql_where="phone_verified_at IS NOT NULL AND status = 'active'",
        ),
        Index("ix_buyers_created", "business_id", "created_at", "id"),
        Index("ix_buyers_email", "business_id", "email", postgresql_where="email IS NOT NULL"),
        Index("ix_buyers_phone", "business_id", "phone", postgresql_where="phone IS NOT NULL"),
        Index("ix_buyers_name", "business_id", "name", postgresql_where="name IS NOT NULL"),
        Index("ix_buyers_merged", "business_id", "merged_into_id", postgresql_where="merged_into_id IS NOT NULL"),
    )

    status: Mapped[str] = mapped_column(default="active")
    version: Mapped[int] = mapped_column(Integer, default=1)
    reference: Mapped[str]
    source: Mapped[str]
    email: Mapped[str | None] = mapped_column(default=None)
    email_verified_at: Mapped[datetime | None] = mapped_column(default=None)
    phone: Mapped[str | None] = mapped_column(default=None)
    phone_verified_at: Mapped[datetime | None] = mapped_column(default=None)
    name: Mapped[str | None] = mapped_column(default=None)
    locale: Mapped[str | None] = mapped_column(default=None)
    groups: Mapped[list[Any]] = mapped_column(default=list)
    # The merchant's own texts, by name.
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # As types.Address has them; the first is the usual one.
    addresses: Mapped[list[Any]] = mapped_column(default=list)
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    changed_at: Mapped[datetime]


class BuyerNote(Tenant, Base):
    """What people wrote about a buyer."""

    __tablename__ = "buyer_notes"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (tenant_key("buyers", "buyer_id"), Index("ix_buyer_notes_buyer", "business_id", "buyer_id", "id"))

    buyer_id: Mapped[uuid.UUID]
    author: Mapped[str]
    body: Mapped[str]


class BuyerConsent(Tenant, Base):
    """That a buyer agreed to something, or took it back: the youngest of a kind is in force. Append-only: it is
    proof. `evidence` says how it is known."""

    __tablename__ = "buyer_consents"
    guard = BusinessRows(audit=Audit(), append_only=True)
    __table_args__ = (
        tenant_key("buyers", "buyer_id"),
        Index("ix_buyer_consents_buyer", "business_id", "buyer_id", "id"),
    )

    buyer_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    granted: Mapped[bool] = mapped_column(Boolean)
    source: Mapped[str]
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)


class BuyerMerge(Tenant, Base):
    """That a buyer was merged into another one, and what was moved then: rows by table. Append-only."""

    __tablename__ = "buyer_merges"
    guard = BusinessRows(audit=Audit(only="INSERT"), append_only=True)
    __table_args__ = (
        tenant_key("buyers", "buyer_id"),
        tenant_key("buyers", "into_id"),
        Index("ix_buyer_merges_buyer", "business_id", "buyer_id", "id"),
        Index("ix_buyer_merges_into", "business_id", "into_id", "id"),
    )

    buyer_id: Mapped[uuid.UUID]
    into_id: Mapped[uuid.UUID]
    moved: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str]
    actor: Mapped[str]


class MailboxCode(Tenant, Base):
    """A code that was sent to an address, to prove that somebody reads what comes there: for one checkout session, or
    for the page of purchases. It counts once, until `expires_at`, and takes few tries."""

    __tablename__ = "mailbox_codes"
    noun = "code"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        CheckConstraint("tries >= 0", name="tries"),
        Index("ix_mailbox_codes_created", "business_id", "created_at"),
        Index("ix_mailbox_codes_email", "business_id", "email", "created_at"),
        Index("ix_mailbox_codes_session", "business_id", "session_id", "id", postgresql_where="session_id IS NOT NULL"),
    )

    session_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    email: Mapped[str]
    locale: Mapped[str]
    ciphertext: Mapped[str]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class BuyerProgress(Base):
    """Whoever paid an order up to `seen_at` is a buyer."""

    __tablename__ = "buyer_progress"
    guard = BusinessRows(audit=None)

    business_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=here)
    seen_at: Mapped[datetime]
