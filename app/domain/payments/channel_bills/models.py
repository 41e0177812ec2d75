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
    asked for; `error` is why the last one brought no file. At `compare_at` it is compared with our books (again);
    `compared_at` is when that was done last.
    """

    __tablename__ = "channel_bills"
    noun = "channel bill"
    guard = BusinessRows(audit=Audit(ignored=("next_attempt_at", "attempt_count", "compare_at", "compared_at")))
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
        Index("ix_channel_bills_compare", "compare_at", postgresql_where="compare_at IS NOT NULL"),
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
    compare_at: Mapped[datetime | None] = mapped_column(default=None)
    compared_at: Mapped[datetime | None] = mapped_column(default=None)


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
    """One movement of a bill: `our_ref` is our number of it as the company kept it, `channel_ref` its own. Where they
    have the form of our numbers, `attempt_id` is what `our_ref` names and `charge_attempt_id` what `charge_ref` does,
    whether there is such an attempt or not. Append-only: lines of revisions before the bill's stay."""

    __tablename__ = "channel_bill_lines"
    noun = "bill line"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        tenant_key("channel_bills", "bill_id"),
        CheckConstraint("kind IN ('charge', 'refund')", name="kind"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("uq_channel_bill_lines_number", "business_id", "bill_id", "revision", "number", unique=True),
        Index("ix_channel_bill_lines_attempt", "business_id", "attempt_id"),
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
    attempt_id: Mapped[uuid.UUID | None] = mapped_column(default=None)
    charge_attempt_id: Mapped[uuid.UUID | None] = mapped_column(default=None)


class ChannelBillDifference(Tenant, Base):
    """Where a bill and our books differ: `unknown`, the company moved money that we know nothing of; `missing`, a
    payment of ours that no bill has; `amount`, with another amount; `undecided`, we do not count it as succeeded. Open
    until `cleared_at`. `ref` is our number of it, or the company's; `ours_minor` and `theirs_minor` are each side's
    amount, where it has one."""

    __tablename__ = "channel_bill_differences"
    noun = "difference"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        tenant_key("channel_bills", "bill_id"),
        tenant_key("payment_attempts", "attempt_id"),
        CheckConstraint("kind IN ('unknown', 'missing', 'amount', 'undecided')", name="kind"),
        CheckConstraint("movement IN ('charge', 'refund')", name="movement"),
        CheckConstraint("(kind = 'unknown') = (ours_minor IS NULL)", name="ours"),
        CheckConstraint("(kind = 'missing') = (theirs_minor IS NULL)", name="theirs"),
        CheckConstraint("(ours_minor IS NULL) = (attempt_id IS NULL)", name="attempt"),
        Index(
            "uq_channel_bill_differences_open",
            *("business_id", "bill_id", "kind", "movement", "ref"),
            unique=True,
            postgresql_where="cleared_at IS NULL",
        ),
        Index("ix_channel_bill_differences_list", "business_id", "bill_id", "id"),
    )

    bill_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    movement: Mapped[str]
    ref: Mapped[str]
    attempt_id: Mapped[uuid.UUID | None]
    channel_ref: Mapped[str]
    ours_minor: Mapped[int | None]
    theirs_minor: Mapped[int | None]
    currency: Mapped[str]
    cleared_at: Mapped[datetime | None] = mapped_column(default=None)


class ChannelBillFee(Tenant, Base):
    """What was booked of a bill's fees at once, with its journal; their sum is what its own lines say. Append-only."""

    __tablename__ = "channel_bill_fees"
    noun = "bill fee"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        tenant_key("channel_bills", "bill_id"),
        tenant_key("channel_accounts", "channel_account_id"),
        tenant_key("ledger_journals", "journal_id"),
        CheckConstraint("fee_minor <> 0", name="something"),
        Index("ix_channel_bill_fees_bill", "business_id", "bill_id"),
        Index("ix_channel_bill_fees_account", "business_id", "channel_account_id", "currency"),
    )

    bill_id: Mapped[uuid.UUID]
    channel_account_id: Mapped[uuid.UUID]
    currency: Mapped[str]
    fee_minor: Mapped[int]
    journal_id: Mapped[uuid.UUID]
