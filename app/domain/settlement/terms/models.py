"""The table of holidays."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant


class Holiday(Tenant, Base):
    """A day on which nobody works: in a country (`calendar` is its code), or, with an empty one, for every partner who
    is settled by working days."""

    __tablename__ = "holidays"
    noun = "holiday"
    guard = BusinessRows(audit=Audit(), prunable=True)
    __table_args__ = (
        CheckConstraint("calendar = '' OR calendar ~ '^[A-Z]{2}$'", name="calendar"),
        Index("uq_holidays_day", "business_id", "calendar", "day", unique=True),
        Index("ix_holidays_created", "business_id", "created_at", "id"),
    )

    calendar: Mapped[str]
    day: Mapped[date]
    name: Mapped[str]
