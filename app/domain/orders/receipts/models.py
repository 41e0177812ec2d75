"""Tables of receipts and of the taxes they show."""

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

_OPEN = "ends_at IS NULL"


class TaxRate(Tenant, Base):
    """The tax that prices in a country include: of one product, or of all that have none of their own. A rate never
    changes: it ends, and another begins."""

    __tablename__ = "tax_rates"
    noun = "tax rate"
    guard = BusinessRows(audit=Audit())
    __table_args__ = (
        tenant_key("products", "product_id"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
        CheckConstraint("rate_bps BETWEEN 0 AND 10000", name="rate"),
        CheckConstraint("ends_at >= starts_at", name="time"),
        Index("ix_tax_rates_created", "business_id", "created_at", "id"),
        Index("ix_tax_rates_product", "business_id", "product_id", postgresql_where="product_id IS NOT NULL"),
        Index(
            "uq_tax_rates_general",
            "business_id",
            "country",
            unique=True,
            postgresql_where=f"{_OPEN} AND product_id IS NULL",
        ),
        Index(
            "uq_tax_rates_product",
            "business_id",
            "country",
            "product_id",
            unique=True,
            postgresql_where=f"{_OPEN} AND product_id IS NOT NULL",
        ),
    )

    country: Mapped[str]
    product_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    name: Mapped[str]
    rate_bps: Mapped[int] = mapped_column(Integer)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None] = mapped_column(default=None)


class Receipt(Tenant, Base):
    """The receipt of a paid order, as it was when it was first made. `number` goes up by one within a business, but
    where `begins_series`; `text` is the number as it is printed. `seller` is who sold, `buyer` the company it is for
    (billing.py; empty for nobody named), `taxes` what the price included: name, rate_bps, gross_minor and tax_minor of
    each rate, and the ids of the order's `lines` that it is in. One that `corrects_id` takes the place of that one."""

    __tablename__ = "receipts"
    noun = "receipt"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        tenant_key("orders", "order_id"),
        tenant_key("receipts", "corrects_id"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("corrects_id IS NULL OR buyer <> '{}'", name="correction"),
        # One, and one correction of it.
        Index(
            "uq_receipts_order",
            "business_id",
            "order_id",
            "corrects_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("uq_receipts_number", "business_id", "number", unique=True),
    )

    order_id: Mapped[uuid.UUID]
    number: Mapped[int]
    begins_series: Mapped[bool] = mapped_column(Boolean)
    text: Mapped[str]
    seller: Mapped[dict[str, str]] = mapped_column(JSONB)
    taxes: Mapped[list[Any]]
    buyer: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")
    corrects_id: Mapped[uuid.UUID | None] = mapped_column(default=None)


class CreditNote(Tenant, Base):
    """What one refund takes back of a receipt. Numbered like receipts, in a sequence of its own; `seller` and `buyer`
    are the receipt's, `taxes` the part of each of its taxes: name, rate_bps, gross_minor and tax_minor."""

    __tablename__ = "credit_notes"
    noun = "credit note"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        tenant_key("orders", "order_id"),
        tenant_key("receipts", "receipt_id"),
        tenant_key("payment_transactions", "transaction_id"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("uq_credit_notes_transaction", "business_id", "transaction_id", unique=True),
        Index("uq_credit_notes_number", "business_id", "number", unique=True),
        Index("ix_credit_notes_order", "business_id", "order_id"),
        Index("ix_credit_notes_created", "business_id", "created_at", "id"),
    )

    order_id: Mapped[uuid.UUID]
    receipt_id: Mapped[uuid.UUID]
    transaction_id: Mapped[uuid.UUID]
    number: Mapped[int]
    begins_series: Mapped[bool] = mapped_column(Boolean)
    text: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    seller: Mapped[dict[str, str]] = mapped_column(JSONB)
    buyer: Mapped[dict[str, str]] = mapped_column(JSONB)
    taxes: Mapped[list[Any]]


class CreditNoteCounter(Base):
    """The last number of a business's credit notes; held like a receipt's."""

    __tablename__ = "credit_note_counters"
    guard = BusinessRows(audit=None)

    business_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=here)
    last_number: Mapped[int] = mapped_column(default=0)


class ReceiptCounter(Base):
    """The last number of a business's receipts. Whoever makes the next one holds this row until it is made."""

    __tablename__ = "receipt_counters"
    guard = BusinessRows(audit=None)

    business_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=here)
    last_number: Mapped[int] = mapped_column(default=0)
