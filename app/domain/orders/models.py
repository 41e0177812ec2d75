"""Tables of the orders noun."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, here
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key
from app.core.money import MAX_MINOR
from app.domain.orders.numbers import MAX_NUMBER_LENGTH, random_number
from app.domain.orders.types import MAX_LINES

# Orders of which money went back, or is on its way; a query says it in the same words, or misses their index.
GAVE_BACK = "(refunded_minor > 0 OR status IN ('refunding', 'refunded'))"


class CheckoutConfiguration(Tenant, Base):
    """What a page may sell without a server of its own: everything a session is opened from, set by the merchant."""

    __tablename__ = "checkout_configurations"
    noun = "checkout configuration"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        CheckConstraint(f"jsonb_array_length(items) BETWEEN 1 AND {MAX_LINES}", name="items"),
        CheckConstraint("archived_at IS NULL OR NOT active", name="archived"),
        Index("ix_checkout_configurations_created", "business_id", "created_at", "id"),
        # A link names the configuration alone: whose it is, is found by this.
        Index("ix_checkout_configurations_id", "id"),
    )

    name: Mapped[str]
    items: Mapped[list[Any]]
    currency: Mapped[str | None] = mapped_column(default=None)
    terms: Mapped[dict[str, Any]] = mapped_column(default=dict)
    return_url: Mapped[str | None] = mapped_column(default=None)
    # None: the language of the page, or of the buyer's browser.
    locale: Mapped[str | None] = mapped_column(default=None)
    appearance: Mapped[dict[str, Any]] = mapped_column(default=dict)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    archived_at: Mapped[datetime | None] = mapped_column(default=None)
    changed_at: Mapped[datetime]


class CheckoutSession(Tenant, Base):
    """One buyer's visit to the panel; the browser holds its secret, never anything more."""

    __tablename__ = "checkout_sessions"
    noun = "checkout session"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        CheckConstraint("status IN ('open', 'complete', 'expired', 'cancelled')", name="status"),
        CheckConstraint(f"jsonb_array_length(items) BETWEEN 1 AND {MAX_LINES}", name="items"),
        tenant_key("checkout_configurations", "configuration_id"),
        Index("ix_checkout_sessions_order", "business_id", "order_id"),
        Index("ix_checkout_sessions_created", "business_id", "created_at", "id"),
        Index(
            "ix_checkout_sessions_configuration",
            "business_id",
            "configuration_id",
            "created_at",
            postgresql_where="configuration_id IS NOT NULL",
        ),
        Index("ix_checkout_sessions_expiry", "business_id", "expires_at", postgresql_where="status = 'open'"),
    )

    secret_hash: Mapped[str]
    # How often its links were opened; a link that was opened opens nothing any more, unless it is reusable.
    link_open_count: Mapped[int] = mapped_column(Integer, default=0)
    link_reusable: Mapped[bool] = mapped_column(Boolean, default=False)
    status: Mapped[str] = mapped_column(default="open")
    version: Mapped[int] = mapped_column(Integer, default=1)
    # The lines and terms, as types.py reads them; one row and one lock: they are only ever read and changed together.
    items: Mapped[list[Any]]
    terms: Mapped[dict[str, Any]] = mapped_column(default=dict)
    configuration_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    currency: Mapped[str]
    channel: Mapped[str | None] = mapped_column(default=None)
    # Counts the buyer's choices, so that a browser can drop an answer older than the one it has.
    edits: Mapped[int] = mapped_column(Integer, default=0)
    order_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    buyer_reference: Mapped[str]
    buyer_email: Mapped[str | None] = mapped_column(default=None)
    buyer_phone: Mapped[str | None] = mapped_column(default=None)  # as E.164 writes it
    # The merchant's server vouches that the browser is this buyer's: only then may it spend the buyer's wallet.
    buyer_signed_in: Mapped[bool] = mapped_column(Boolean, default=False)
    locale: Mapped[str] = mapped_column(default="en")
    return_url: Mapped[str | None] = mapped_column(default=None)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Codes the buyer entered, as they were typed.
    coupon_codes: Mapped[list[Any]] = mapped_column(default=list)
    expires_at: Mapped[datetime]


class Order(Tenant, Base):
    """One purchase. `snapshot_hash` fixes the price it was made at (I19)."""

    __tablename__ = "orders"
    noun = "order"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        CheckConstraint(
            "status IN ('created', 'paying', 'paid', 'fulfilling', 'fulfilled', 'completed', 'closed', 'refunding',"
            " 'refunded')",
            name="status",
        ),
        CheckConstraint(f"total_minor BETWEEN 0 AND {MAX_MINOR}", name="total"),
        CheckConstraint("paid_minor IN (0, total_minor)", name="paid"),
        CheckConstraint("refunded_minor BETWEEN 0 AND paid_minor", name="refunded"),
        CheckConstraint("(status = 'closed') = (close_reason IS NOT NULL)", name="close_reason"),
        CheckConstraint("clears_on IN ('completion', 'payment')", name="clears_on"),
        CheckConstraint(f"length(number) BETWEEN 1 AND {MAX_NUMBER_LENGTH}", name="number"),
        Index("uq_orders_number", "business_id", "number", unique=True),
        Index("ix_orders_created", "business_id", "created_at", "id"),
        Index("ix_orders_paid", "business_id", "paid_at", "id", postgresql_where="paid_at IS NOT NULL"),
        Index("ix_orders_refunds", "business_id", "created_at", "id", postgresql_where=GAVE_BACK),
        Index("ix_orders_status", "business_id", "status", "created_at"),
        Index("ix_orders_buyer", "business_id", "buyer_reference", "created_at"),
        Index("ix_orders_amount", "business_id", "currency", "total_minor", "id"),
        Index("ix_orders_email", "business_id", "buyer_email", postgresql_where="buyer_email IS NOT NULL"),
        Index("ix_orders_phone", "business_id", "buyer_phone", postgresql_where="buyer_phone IS NOT NULL"),
        Index("ix_orders_deadline", "business_id", "expires_at", postgresql_where="status IN ('created', 'paying')"),
        Index("ix_orders_fulfilled", "business_id", "fulfilled_at", postgresql_where="status = 'fulfilled'"),
        Index("ix_orders_contract", "business_id", "contract_id", postgresql_where="contract_id IS NOT NULL"),
        tenant_key("contracts", "contract_id"),
    )

    # What people call it, here and at the payment company: numbers.py.
    number: Mapped[str] = mapped_column(default=random_number)
    status: Mapped[str] = mapped_column(default="created")
    version: Mapped[int] = mapped_column(Integer, default=1)
    currency: Mapped[str]
    total_minor: Mapped[int]
    paid_minor: Mapped[int] = mapped_column(default=0)
    refunded_minor: Mapped[int] = mapped_column(default=0)
    buyer_reference: Mapped[str]
    buyer_email: Mapped[str | None] = mapped_column(default=None)
    buyer_phone: Mapped[str | None] = mapped_column(default=None)  # as E.164 writes it
    session_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    snapshot_hash: Mapped[str]
    # Part of it is held at the merchant's own system, which hears of what becomes of the order.
    needs_remote_reservation: Mapped[bool] = mapped_column(Boolean, default=False)
    # Only these channels can pay it: its price is for them, or its seller wants no other. Empty: any.
    channels: Mapped[list[Any]] = mapped_column(default=list)
    close_reason: Mapped[str | None] = mapped_column(default=None)
    # When its lines are divided among partners; None: its business had no split rules when it was placed.
    clears_on: Mapped[str | None] = mapped_column(default=None)
    expires_at: Mapped[datetime]
    paid_at: Mapped[datetime | None] = mapped_column(default=None)
    fulfilled_at: Mapped[datetime | None] = mapped_column(default=None)
    completed_at: Mapped[datetime | None] = mapped_column(default=None)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # The contract of which it pays a cycle.
    contract_id: Mapped[uuid.UUID | None] = mapped_column(default=None)


class OrderCounter(Base):
    """The last number of a business that numbers its orders in sequence. Whoever places an order holds this row until
    it is placed."""

    __tablename__ = "order_counters"
    guard = BusinessRows(audit=None)

    business_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=here)
    last_number: Mapped[int] = mapped_column(default=0)


class SubOrder(Tenant, Base):
    """The part of an order that is delivered and refunded on its own."""

    __tablename__ = "sub_orders"
    guard = BusinessRows(audit=None)
    __table_args__ = (tenant_key("orders", "order_id"), Index("ix_sub_orders_order", "business_id", "order_id"))

    order_id: Mapped[uuid.UUID]
    split_by: Mapped[str]
    split_value: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]


class OrderLine(Tenant, Base):
    """One position: the SKU as it was when bought, and who sold it. What a share is computed on stands here: gross
    (`unit_price_minor` × `quantity`), what each promotion and coupon took off (`discounts`, as types.py reads them;
    they sum to `discount_minor`), and net (`amount_minor`)."""

    __tablename__ = "order_lines"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("orders", "order_id"),
        tenant_key("sub_orders", "sub_order_id"),
        CheckConstraint("quantity > 0 AND unit_price_minor >= 0 AND discount_minor >= 0", name="positive"),
        CheckConstraint("amount_minor = unit_price_minor * quantity - discount_minor", name="amount"),
        CheckConstraint("(seller_id IS NULL) = (seller_name IS NULL)", name="seller"),
        tenant_key("sellers", "seller_id"),
        Index("ix_order_lines_order", "business_id", "order_id"),
        Index("ix_order_lines_product", "business_id", "product_id", "sku_id", "order_id"),
        Index(
            "ix_order_lines_seller", "business_id", "seller_id", "order_id", postgresql_where="seller_id IS NOT NULL"
        ),
    )

    order_id: Mapped[uuid.UUID]
    sub_order_id: Mapped[uuid.UUID]
    position: Mapped[int] = mapped_column(Integer)
    sku_id: Mapped[uuid.UUID]
    product_id: Mapped[uuid.UUID]
    title: Mapped[str]
    specification: Mapped[dict[str, Any]]
    unit_price_minor: Mapped[int]
    quantity: Mapped[int] = mapped_column(Integer)
    discount_minor: Mapped[int] = mapped_column(default=0)
    discounts: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True), default=None)
    amount_minor: Mapped[int]
    currency: Mapped[str]
    # None: the business itself sold it. The name is as it was.
    seller_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    seller_name: Mapped[str | None] = mapped_column(default=None)


class OrderNote(Tenant, Base):
    """What people wrote about an order."""

    __tablename__ = "order_notes"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (tenant_key("orders", "order_id"), Index("ix_order_notes_order", "business_id", "order_id"))

    order_id: Mapped[uuid.UUID]
    author: Mapped[str]
    body: Mapped[str]


class AgreementAcceptance(Tenant, Base):
    """The proof that a buyer agreed: which text, which version, when, from which address."""

    __tablename__ = "agreement_acceptances"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        tenant_key("orders", "order_id"),
        tenant_key("agreements", "agreement_id"),
        Index("uq_agreement_acceptances_once", "business_id", "order_id", "agreement_id", unique=True),
        Index("ix_agreement_acceptances_agreement", "business_id", "agreement_id", "created_at"),
    )

    order_id: Mapped[uuid.UUID]
    agreement_id: Mapped[uuid.UUID]
    text_hash: Mapped[str]
    locale: Mapped[str]
    buyer_ip: Mapped[str | None] = mapped_column(default=None)
