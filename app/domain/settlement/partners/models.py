"""The table of partners."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key


class Partner(Tenant, Base):
    """Somebody who gets a part of what the business sells. With `seller_id`, the share of that seller's lines that a
    rule gives to the seller goes here. `reference` is what the merchant's own system calls them."""

    __tablename__ = "partners"
    noun = "partner"
    guard = BusinessRows(audit=Audit(secret=("payee_account",), ignored=("settles_at",)))
    __table_args__ = (
        tenant_key("sellers", "seller_id"),
        CheckConstraint("status IN ('active', 'suspended', 'closed')", name="status"),
        CheckConstraint("kind IN ('platform', 'seller', 'author', 'affiliate', 'tax', 'other')", name="kind"),
        CheckConstraint("cycle IN ('on_demand', 'daily', 'weekly', 'monthly')", name="cycle"),
        CheckConstraint("(cycle = 'on_demand') = (settles_at IS NULL)", name="settles"),
        CheckConstraint("hold_days BETWEEN 0 AND 180", name="hold"),
        CheckConstraint("calendar = '' OR (calendar ~ '^[A-Z]{2}$' AND working_days)", name="calendar"),
        CheckConstraint("cut_off_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'", name="cut_off"),
        CheckConstraint(
            "reserve_bps BETWEEN 0 AND 5000 AND reserve_days BETWEEN 0 AND 365"
            " AND (reserve_bps > 0) = (reserve_days > 0)",
            name="reserve",
        ),
        CheckConstraint("num_nulls(payee_name, payee_account, payee_hint, payee_usable_at) IN (0, 4)", name="payee"),
        Index("ix_partners_settles", "settles_at", postgresql_where="settles_at IS NOT NULL"),
        Index("uq_partners_reference", "business_id", "reference", unique=True),
        Index("uq_partners_seller", "business_id", "seller_id", unique=True),
        Index("ix_partners_created", "business_id", "created_at", "id"),
        Index("ix_partners_name", "business_id", "name"),
        Index("ix_partners_email", "business_id", "email"),
        Index("ix_partners_status", "business_id", "status", "created_at", "id"),
    )

    kind: Mapped[str]
    name: Mapped[str]
    reference: Mapped[str | None] = mapped_column(default=None)
    seller_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    email: Mapped[str | None] = mapped_column(default=None)
    locale: Mapped[str] = mapped_column(default="en")
    time_zone: Mapped[str]
    status: Mapped[str] = mapped_column(default="active")
    # How often it is settled (batches/rules.py), on which day, after how many days, and from how much on by currency;
    # when its next cycle ends, None on demand.
    cycle: Mapped[str] = mapped_column(default="on_demand")
    day: Mapped[int | None] = mapped_column(Integer, default=None)
    hold_days: Mapped[int] = mapped_column(Integer, default=0)
    # Whether these days are working days, by whose holidays (a country's code); when its days are cut off; and what is
    # kept of each batch for how long.
    working_days: Mapped[bool] = mapped_column(default=False)
    calendar: Mapped[str] = mapped_column(default="")
    cut_off_time: Mapped[str] = mapped_column(default="00:00")
    reserve_bps: Mapped[int] = mapped_column(Integer, default=0)
    reserve_days: Mapped[int] = mapped_column(Integer, default=0)
    minimum: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    settles_at: Mapped[datetime | None] = mapped_column(default=None)
    # Whose account gets its money, sealed, with its end; since when, so that a change has time to be noticed.
    payee_name: Mapped[str | None] = mapped_column(default=None)
    payee_account: Mapped[str | None] = mapped_column(default=None)
    payee_hint: Mapped[str | None] = mapped_column(default=None)
    payee_usable_at: Mapped[datetime | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(Integer, default=1)
