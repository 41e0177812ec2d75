"""Tables of the metrics noun."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, here
from app.core.db.guards import BusinessRows
from app.core.db.models import Tenant
from app.domain.insights.metrics.types import KINDS

_KINDS = ", ".join(f"'{kind}'" for kind in KINDS)


class HourMetric(Base):
    """What there was of one kind in one hour of the business's clock; `key` says of what (a product, a channel…)."""

    __tablename__ = "metrics_by_hour"
    guard = BusinessRows(audit=None, prunable=True)
    __table_args__ = (
        CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
        CheckConstraint(f"kind IN ({_KINDS})", name="kind"),
    )

    business_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=here)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    hour: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    subset_count: Mapped[int]
    amount_minor: Mapped[int]


class DayMetric(Base):
    """The sum of a day's hours."""

    __tablename__ = "metrics_by_day"
    guard = BusinessRows(audit=None, prunable=True)
    __table_args__ = (CheckConstraint(f"kind IN ({_KINDS})", name="kind"),)

    business_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=here)
    kind: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    subset_count: Mapped[int]
    amount_minor: Mapped[int]


class MetricProgress(Base):
    """Every step of the histories up to `seen_id` is counted, in `time_zone`."""

    __tablename__ = "metric_progress"
    guard = BusinessRows(audit=None, prunable=True)

    business_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=here)
    seen_id: Mapped[uuid.UUID]
    time_zone: Mapped[str]
    counted_at: Mapped[datetime]


class HourPostings(Base):
    """What was posted in one hour (of UTC, by the moment of the journals) on all accounts of a kind and a currency; of
    channels for each channel account, which is the `owner`. `accounts`: how many were posted on for the first time."""

    __tablename__ = "postings_by_hour"
    guard = BusinessRows(audit=None, prunable=True)
    __table_args__ = tuple(
        CheckConstraint(f"{name} >= 0", name=name) for name in ("accounts", "debit_minor", "credit_minor")
    )

    business_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=here)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(primary_key=True)
    accounts: Mapped[int]
    debit_minor: Mapped[int]
    credit_minor: Mapped[int]


class PostingProgress(Base):
    """Every posted entry of the ledger up to `seen_id` is in the sums, and no other."""

    __tablename__ = "posting_progress"
    guard = BusinessRows(audit=None, prunable=True)

    business_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=here)
    seen_id: Mapped[uuid.UUID]


class ReportSchedule(Tenant, Base):
    """A report that is mailed to one person again and again; `title` is how it was called then."""

    __tablename__ = "report_schedules"
    guard = BusinessRows(audit=None, prunable=True)
    __table_args__ = (
        CheckConstraint("every IN ('day', 'week', 'month')", name="every"),
        Index("uq_report_schedules_user", "business_id", "user_id", "report", "every", unique=True),
        Index("ix_report_schedules_due", "next_at"),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    report: Mapped[str]
    title: Mapped[str]
    every: Mapped[str]
    next_at: Mapped[datetime]
