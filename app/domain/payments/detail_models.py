"""Tables of what a movement of an order's money is made of: by sub-order and seller, and by line."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import BusinessRows
from app.core.db.models import Tenant, tenant_key

_SELLER = ("business_id", "seller_id")


class TransactionDetail(Tenant, Base):
    """The part of a transaction that belongs to one sub-order, and in it to one seller (None: the business itself)."""

    __tablename__ = "transaction_details"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("payment_transactions", "transaction_id"),
        tenant_key("sellers", "seller_id"),
        Index("ix_transaction_details_seller", *_SELLER, "transaction_id", postgresql_where="seller_id IS NOT NULL"),
        Index("ix_transaction_details_transaction", "business_id", "transaction_id"),
    )

    transaction_id: Mapped[uuid.UUID]
    sub_order_id: Mapped[uuid.UUID]
    seller_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    amount_minor: Mapped[int]
    currency: Mapped[str]


class RefundLine(Tenant, Base):
    """The part of a refund that belongs to one line of the order; `quantity` is set where whole units go back."""

    __tablename__ = "refund_lines"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("payment_transactions", "transaction_id"),
        tenant_key("order_lines", "line_id"),
        CheckConstraint("amount_minor > 0 AND quantity > 0", name="positive"),
        Index("uq_refund_lines_line", "business_id", "transaction_id", "line_id", unique=True),
        Index("ix_refund_lines_line", "business_id", "line_id"),
    )

    transaction_id: Mapped[uuid.UUID]
    line_id: Mapped[uuid.UUID]
    quantity: Mapped[int | None] = mapped_column(Integer, default=None)
    amount_minor: Mapped[int]
    currency: Mapped[str]
