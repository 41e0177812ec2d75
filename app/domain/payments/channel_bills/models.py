"""Tables of channel bills."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key

_AMOUNTS = "charges >= 0 AND charged_minor >= 0 AND refunds >= 0 AND refunded_minor >= 0"


class ChannelBill(Tenant, Base):
    """The bill of one `day` of a channel account's company, which can be read from `ready_at`.

    `sha256` is of the file as it came, `lines_sha256` of what its lines say: a file with other lines is another
    `revision`, and the lines and totals of the one before stay. `attempt_count` counts the questions since it was last
    asked for; `error` is why the last one brought no file.
    """

    __tablename__ = "channel_bills"
    noun = "channel bill"
    guard = BusinessRows(audit=Audit(ignored=("next_attempt_at", "attempt_count")))
    __table_args__ = (
        tenant_key("channel_accounts", "channel_account_id"),
        CheckConstraint("status IN ('expected', 'fetched', 'late', 'empty', 'failed')", name="status"),
        CheckConstraint("(status = 'fetched') = (fetched_at IS NOT NULL)", name="fetched"),
        CheckConstraint("(revision > 0) = (fetched_at IS NOT NULL)", name="revision"),
        CheckConstraint("(sha256 IS NULL) = (revision = 0) AND (lines_sha256 IS NULL) = (revision = 0)", name="file"),
        CheckConstraint("line_count >= 0", name="line_count"),
        CheckConstraint("status NOT IN ('expected', 'late') OR next_attempt_at IS NOT NULL", name="asked"),
        Index("uq_channel_bills_day", "business_id", "channel_account_id", "day", unique=True),
        Index("ix_channel_bills_list", "business_id", "ready_at", "id"),
        Index("ix_channel_bills_missing", "business_id", postgresql_where="status IN ('late', 'failed')"),
        Index("ix_channel_bills_due", "next_attempt_at", postgresql_where="next_attempt_at IS NOT NULL"),
    )

    channel_account_id: Mapped[uuid.UUID]
    day: Mapped[date] = mapped_column(Date)
    ready_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="expected")
    version: Mapped[int] = mapped_column(Integer, default=1)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    sha256: Mapped[str | None] = mapped_column(default=None)
    lines_sha256: Mapped[str | None] = mapped_column(default=None)
    line_count: Mapped[int] = mapped_column(Integer, default=0)
    fetched_at: Mapped[datetime | None] = mapped_column(default=None)
    next_attempt_at: Mapped[datetime | None] = mapped_column(default=None)
    attempt_count: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str] = mapped_column(default="")


class ChannelBillTotal(Tenant, Base):
    """What the lines of one revision of a bill come to in one currency. `fee_minor` is what the company kept, below
    zero where it gave back more. Append-only."""

    __tablename__ = "channel_bill_totals"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        tenant_key("channel_bills", "bill_id"),
        CheckConstraint(_AMOUNTS, name="amounts"),
        Index("uq_channel_bill_totals_currency", "business_id", "bill_id", "revision", "currency", unique=True),
    )

    bill_id: Mapped[uuid.UUID]
    revision: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str]
    charges: Mapped[int] = mapped_column(Integer)
    charged_minor: Mapped[int]
    refunds: Mapped[int] = mapped_column(Integer)
    refunded_minor: Mapped[int]
    fee_minor: Mapped[int]


class ChannelBillLine(Tenant, Base):
    """One movement of a bill: `our_ref` is our number of it as the company kept it, `channel_ref` its own. Append-only:
    lines of revisions before the bill's stay."""

    __tablename__ = "channel_bill_lines"
    noun = "bill line"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        tenant_key("channel_bills", "bill_id"),
        CheckConstraint("kind IN ('charge', 'refund')", name="kind"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("uq_channel_bill_lines_number", "business_id", "bill_id", "revision", "number", unique=True),
    )

    bill_id: Mapped[uuid.UUID]
    revision: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)  # of the line in the file, from 1
    kind: Mapped[str]
    our_ref: Mapped[str]
    charge_ref: Mapped[str]
    channel_ref: Mapped[str]
    amount_minor: Mapped[int]
    fee_minor: Mapped[int]
    currency: Mapped[str]
    at: Mapped[datetime]
