"""Tables of receipts and of the taxes they show."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Index, Integer
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
    where `begins_series`; `text` is the number as it is printed. `seller` is who sold, `taxes` what the price
    included: name, rate_bps, gross_minor and tax_minor of each rate."""

    __tablename__ = "receipts"
    noun = "receipt"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        tenant_key("orders", "order_id"),
        CheckConstraint("number > 0", name="number"),
        Index("uq_receipts_order", "business_id", "order_id", unique=True),
        Index("uq_receipts_number", "business_id", "number", unique=True),
    )

    order_id: Mapped[uuid.UUID]
    number: Mapped[int]
    begins_series: Mapped[bool] = mapped_column(Boolean)
    text: Mapped[str]
    seller: Mapped[dict[str, Any]]
    taxes: Mapped[list[Any]]


class ReceiptCounter(Base):
    """The last number of a business's receipts. Whoever makes the next one holds this row until it is made."""

    __tablename__ = "receipt_counters"
    guard = BusinessRows(audit=None)

    business_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=here)
    last_number: Mapped[int] = mapped_column(default=0)
