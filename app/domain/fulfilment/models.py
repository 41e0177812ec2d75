"""Tables of the fulfilment noun."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key
from app.core.files.store import FileKey
from app.domain.fulfilment.types import CHANGE_KINDS


class Delivery(Tenant, Base):
    """Handing over one order line. `answer` is what the merchant's system said of it, for the buyer to read. One that
    it took on and has not done yet has `accepted_at`, is expected at `promised_at` and was asked about `chase_count`
    times since; `progress` is the last it said, at `progress_at`."""

    __tablename__ = "deliveries"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        CheckConstraint(
            "status IN ('pending', 'delivered', 'failed', 'revoking', 'revoked', 'revocation_failed')",
            name="status",
        ),
        Index("uq_deliveries_line", "business_id", "line_id", unique=True),
        # What waits has a moment at which it is tried again; what is shipped waits for people.
        CheckConstraint(
            "(status IN ('pending', 'revoking') AND kind <> 'shipping') = (next_attempt_at IS NOT NULL)", name="tried"
        ),
        CheckConstraint("(accepted_at IS NULL) = (promised_at IS NULL)", name="accepted"),
        Index("ix_deliveries_order", "business_id", "order_id"),
        Index("ix_deliveries_due", "business_id", "next_attempt_at", postgresql_where="next_attempt_at IS NOT NULL"),
    )

    order_id: Mapped[uuid.UUID]
    line_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(default="pending")
    version: Mapped[int] = mapped_column(Integer, default=1)
    attempt_count: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(default=None)
    error: Mapped[str | None] = mapped_column(default=None)
    answer: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    delivered_at: Mapped[datetime | None] = mapped_column(default=None)
    accepted_at: Mapped[datetime | None] = mapped_column(default=None)
    promised_at: Mapped[datetime | None] = mapped_column(default=None)
    chase_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    progress: Mapped[str | None] = mapped_column(default=None)
    progress_at: Mapped[datetime | None] = mapped_column(default=None)


class Entitlement(Tenant, Base):
    """Membership time of one buyer for one product, as it was bought or given by hand (`change_id`). `starts_at` and
    `ends_at` are when it runs first and last; they follow from all that the buyer has of the product (see membership).
    `shortened_us` of it was taken away by hand. What was moved to another buyer names its `root_id`: the entitlement
    that was bought, or given first."""

    __tablename__ = "entitlements"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("deliveries", "delivery_id"),
        CheckConstraint("status IN ('active', 'revoked')", name="status"),
        CheckConstraint("ends_at >= starts_at", name="span"),
        CheckConstraint("seconds > 0 AND rank >= 0 AND worth_minor >= 0", name="bought"),
        CheckConstraint("upgrade IN ('keep', 'convert', 'replace')", name="upgrade"),
        CheckConstraint("(status = 'revoked') = (revoked_at IS NOT NULL)", name="revoked"),
        CheckConstraint("(delivery_id IS NULL) = (change_id IS NOT NULL)", name="source"),
        CheckConstraint("shortened_us BETWEEN 0 AND seconds::bigint * 1000000", name="shortened"),
        tenant_key("membership_changes", "change_id"),
        tenant_key("entitlements", "root_id"),
        Index("uq_entitlements_delivery", "business_id", "delivery_id", unique=True),
        Index("ix_entitlements_root", "business_id", "root_id", postgresql_where="root_id IS NOT NULL"),
        Index("ix_entitlements_buyer", "business_id", "buyer_reference", "product_id", "ends_at"),
    )

    delivery_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    change_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    root_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    buyer_reference: Mapped[str]
    product_id: Mapped[uuid.UUID]
    status: Mapped[str] = mapped_column(default="active")
    version: Mapped[int] = mapped_column(Integer, default=1)
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    seconds: Mapped[int]
    rank: Mapped[int] = mapped_column(Integer, default=0)
    level: Mapped[str] = mapped_column(default="")
    upgrade: Mapped[str] = mapped_column(default="keep")
    worth_minor: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(default="")
    shortened_us: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class BuyerMembership(Tenant, Base):
    """One buyer as a member of one product: what follows from all their entitlements of it, for lists. `level` holds
    since it was last refreshed; something changes at `due_at`. `email` and `locale` are for somebody who came
    without an order. The `told_…` columns are what the outside has heard: the level, the end (None: nothing, or that it
    has ended), and the end before which a reminder went out."""

    __tablename__ = "buyer_memberships"
    noun = "membership"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        CheckConstraint("ends_at >= starts_at AND rank >= 0", name="span"),
        Index("uq_buyer_memberships_buyer", "business_id", "buyer_reference", "product_id", unique=True),
        Index("ix_buyer_memberships_created", "business_id", "created_at", "id"),
        Index("ix_buyer_memberships_ends", "business_id", "ends_at"),
        Index("ix_buyer_memberships_due", "due_at", postgresql_where="due_at IS NOT NULL"),
    )

    buyer_reference: Mapped[str]
    product_id: Mapped[uuid.UUID]
    level: Mapped[str] = mapped_column(default="")
    rank: Mapped[int] = mapped_column(Integer, default=0)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    due_at: Mapped[datetime | None] = mapped_column(default=None)
    email: Mapped[str | None] = mapped_column(default=None)
    locale: Mapped[str | None] = mapped_column(default=None)
    told_level: Mapped[str | None] = mapped_column(default=None)
    told_ends_at: Mapped[datetime | None] = mapped_column(default=None)
    reminded_ends_at: Mapped[datetime | None] = mapped_column(default=None)


class MembershipChange(Tenant, Base):
    """A change of a membership by hand. `seconds` is how much longer (or shorter) it lasts by it, or how much went from
    one buyer to the other, who is the member of `other_id`. Append-only."""

    __tablename__ = "membership_changes"
    guard = BusinessRows(audit=Audit(), append_only=True)
    __table_args__ = (
        tenant_key("buyer_memberships", "membership_id"),
        tenant_key("buyer_memberships", "other_id"),
        CheckConstraint(f"kind IN ({', '.join(repr(each) for each in CHANGE_KINDS)})", name="kind"),
        CheckConstraint("(kind IN ('moved_away', 'moved_here')) = (other_id IS NOT NULL)", name="other"),
        CheckConstraint(
            "(seconds > 0) = (kind IN ('granted', 'extended', 'imported', 'moved_here')) AND seconds <> 0", name="sign"
        ),
        Index("ix_membership_changes_membership", "business_id", "membership_id", "id"),
        Index("ix_membership_changes_created", "business_id", "created_at"),
    )

    membership_id: Mapped[uuid.UUID]
    other_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    kind: Mapped[str]
    seconds: Mapped[int]
    reason: Mapped[str]
    actor: Mapped[str]


class LicenceKey(Tenant, Base):
    """One key of a SKU's pool, encrypted. `fingerprint` finds a key that is in the pool already."""

    __tablename__ = "licence_keys"
    noun = "key"
    guard = BusinessRows(audit=Audit(only="UPDATE"))
    __table_args__ = (
        tenant_key("skus", "sku_id"),
        CheckConstraint("status IN ('free', 'delivered', 'revoked')", name="status"),
        CheckConstraint("status <> 'delivered' OR delivery_id IS NOT NULL", name="owner"),
        Index("uq_licence_keys_fingerprint", "business_id", "sku_id", "fingerprint", unique=True),
        Index("ix_licence_keys_free", "business_id", "sku_id", "id", postgresql_where="status = 'free'"),
        Index("ix_licence_keys_created", "business_id", "sku_id", "created_at", "id"),
        Index("ix_licence_keys_delivery", "business_id", "delivery_id"),
    )

    sku_id: Mapped[uuid.UUID]
    ciphertext: Mapped[str]
    fingerprint: Mapped[str]
    status: Mapped[str] = mapped_column(default="free")
    version: Mapped[int] = mapped_column(Integer, default=1)
    delivery_id: Mapped[uuid.UUID | None] = mapped_column(default=None)


class Grant(Tenant, Base):
    """What one delivery put to the buyer's credit: money of a currency into the wallet, or points where there is none.
    Once it is taken back, `clawed_back`, `owed` and `written_off` say what became of it."""

    __tablename__ = "grants"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("deliveries", "delivery_id"),
        CheckConstraint("granted >= 0 AND clawed_back >= 0 AND owed >= 0 AND written_off >= 0", name="positive"),
        CheckConstraint(
            "clawed_back + owed + written_off = CASE WHEN revoked_at IS NULL THEN 0 ELSE granted END", name="back"
        ),
        CheckConstraint("when_spent IN ('case', 'debt')", name="when_spent"),
        Index("uq_grants_delivery", "business_id", "delivery_id", unique=True),
        Index("ix_grants_buyer", "business_id", "buyer_reference", "id"),
    )

    delivery_id: Mapped[uuid.UUID]
    order_id: Mapped[uuid.UUID]
    buyer_reference: Mapped[str]
    currency: Mapped[str | None] = mapped_column(default=None)
    granted: Mapped[int]
    clawed_back: Mapped[int] = mapped_column(default=0)
    owed: Mapped[int] = mapped_column(default=0)
    written_off: Mapped[int] = mapped_column(default=0)
    when_spent: Mapped[str]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class PointsAccount(Tenant, Base):
    """One buyer's points; `owed` are those that were spent and refunded, collected from the next ones."""

    __tablename__ = "points_accounts"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        CheckConstraint("balance >= 0 AND owed >= 0", name="balance"),
        Index("uq_points_accounts_buyer", "business_id", "buyer_reference", unique=True),
        Index("ix_points_accounts_created", "business_id", "created_at", "id"),
    )

    buyer_reference: Mapped[str]
    balance: Mapped[int] = mapped_column(default=0)
    owed: Mapped[int] = mapped_column(default=0)


class PointsEntry(Tenant, Base):
    """One line of a buyer's statement of points: + came, - went; `balance` is right after it. Append-only."""

    __tablename__ = "points_entries"
    guard = BusinessRows(audit=Audit(), append_only=True)
    __table_args__ = (
        tenant_key("points_accounts", "account_id"),
        tenant_key("deliveries", "delivery_id"),
        CheckConstraint("kind IN ('earned', 'granted', 'spent', 'clawed_back', 'collected', 'merged')", name="kind"),
        CheckConstraint("change <> 0 AND balance >= 0", name="change"),
        CheckConstraint("kind = 'merged' OR (change > 0) = (kind IN ('earned', 'granted'))", name="sign"),
        Index("ix_points_entries_account", "business_id", "account_id", "id"),
        Index("ix_points_entries_delivery", "business_id", "delivery_id"),
        Index("ix_points_entries_granted", "business_id", "created_at", postgresql_where="kind = 'granted'"),
    )

    account_id: Mapped[uuid.UUID]
    change: Mapped[int]
    balance: Mapped[int]
    kind: Mapped[str]
    delivery_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    reason: Mapped[str]
    actor: Mapped[str]


class DownloadFile(Tenant, Base):
    """A file that buyers of a product (or of one SKU of it) may fetch; what is fetched is its newest version."""

    __tablename__ = "download_files"
    noun = "file"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("products", "product_id"),
        tenant_key("skus", "sku_id"),
        Index("ix_download_files_product", "business_id", "product_id", postgresql_where="removed_at IS NULL"),
    )

    product_id: Mapped[uuid.UUID]
    sku_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    removed_at: Mapped[datetime | None] = mapped_column(default=None)


class DownloadVersion(Tenant, Base):
    """One version of a file, as it was uploaded. Append-only: who is fetching it finishes with what was begun."""

    __tablename__ = "download_versions"
    guard = BusinessRows(audit=Audit(), append_only=True)
    __table_args__ = (
        tenant_key("download_files", "file_id"),
        CheckConstraint("number > 0 AND bytes >= 0", name="positive"),
        Index("uq_download_versions_number", "business_id", "file_id", "number", unique=True),
        Index("ix_download_versions_key", "business_id", "key"),
    )

    file_id: Mapped[uuid.UUID]
    number: Mapped[int] = mapped_column(Integer)
    name: Mapped[str]
    key: Mapped[str] = mapped_column(FileKey)
    bytes: Mapped[int]
    sha256: Mapped[str]
    actor: Mapped[str]


class DownloadRight(Tenant, Base):
    """What one delivery lets the buyer fetch: the files of its SKU, each `allowed` times (None: as often as wanted),
    until `ends_at` (None: for good)."""

    __tablename__ = "download_rights"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("deliveries", "delivery_id"),
        CheckConstraint("allowed IS NULL OR allowed > 0", name="allowed"),
        Index("uq_download_rights_delivery", "business_id", "delivery_id", unique=True),
    )

    delivery_id: Mapped[uuid.UUID]
    product_id: Mapped[uuid.UUID]
    sku_id: Mapped[uuid.UUID]
    buyer_reference: Mapped[str]
    allowed: Mapped[int | None] = mapped_column(Integer, default=None)
    ends_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class DownloadUse(Tenant, Base):
    """How often one file was fetched by one right."""

    __tablename__ = "download_uses"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("download_rights", "right_id"),
        tenant_key("download_files", "file_id"),
        CheckConstraint("used >= 0", name="used"),
        Index("uq_download_uses_file", "business_id", "right_id", "file_id", unique=True),
    )

    right_id: Mapped[uuid.UUID]
    file_id: Mapped[uuid.UUID]
    used: Mapped[int] = mapped_column(Integer, default=0)
    last_at: Mapped[datetime | None] = mapped_column(default=None)
