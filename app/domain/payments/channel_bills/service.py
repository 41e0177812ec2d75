"""Writing channel bills and finding them. All in the caller's transaction."""

from __future__ import annotations

import hashlib
import uuid
from datetime import date, datetime, timedelta
from typing import TypedDict, Unpack
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.core import clock, db, states
from app.core.db import bulk
from app.core.ids import new_id, try_parse
from app.domain.payments.bills import Bill
from app.domain.payments.channel_bills.models import ChannelBill, ChannelBillLine, ChannelBillTotal
from app.domain.payments.channel_bills.states import ASKED, BILL, BillStatus
from app.domain.payments.channels.types import BillTimes
from app.domain.payments.models import PaymentAttempt
from app.domain.payments.states import AttemptStatus
from app.lib.days import midnight
from app.lib.some import some

bills, lines, totals = db.table(ChannelBill), db.table(ChannelBillLine), db.table(ChannelBillTotal)
attempts = db.table(PaymentAttempt)
BY = "system"
# How long to wait before the company is asked again for a bill that it did not give: the last one repeats.
LADDER = (timedelta(minutes=10), timedelta(minutes=30), timedelta(hours=1), timedelta(hours=3), timedelta(hours=6))
# A bill is late when it is not there so long after it should be; so long after that nobody asks any more.
LATE_AFTER, ASKED_FOR = timedelta(hours=12), timedelta(days=14)
MAX_LINES = 200_000  # of one revision are kept; what they come to counts them all
BILLED = ("charge", "deduction", "top_up", "refund")  # kinds of attempts that are lines of bills
BATCH = 5_000  # lines in one statement
LONGEST_OPEN = timedelta(days=3)  # a movement that was begun longer ago is not looked for by its day
MAX_ERROR_LENGTH = 200


class _File(TypedDict, total=False):
    """What a bill says of the file that was fetched last, or of the last question for it."""

    sha256: str | None
    lines_sha256: str
    revision: int
    line_count: int
    fetched_at: datetime
    next_attempt_at: datetime | None
    compare_at: datetime
    error: str


def ready_at(day: date, times: BillTimes) -> datetime:
    """From when the company has the bill of this day of its own."""
    return some(midnight(day, times.zone, days=1)) + timedelta(hours=times.ready_hour)


def today(times: BillTimes, moment: datetime) -> date:
    """The company's day at this moment."""
    return moment.astimezone(ZoneInfo(times.zone)).date()


def lock(bill_id: uuid.UUID) -> ChannelBill | None:
    """The bill, locked for the rest of the phase."""
    return db.first(select(bills).where(bills.c.business_id == db.here(), bills.c.id == bill_id).with_for_update())


def expect_bill(account_id: uuid.UUID, day: date, times: BillTimes) -> None:
    """Have the bill of this day fetched when the company has it; again changes nothing."""
    bill_id, at = new_id(), ready_at(day, times)
    made = db.new_row(ChannelBill, id=bill_id, channel_account_id=account_id, day=day, ready_at=at, next_attempt_at=at)
    if db.run(made.on_conflict_do_nothing()):
        states.born(BILL, bill_id, reason="a day began", actor=BY)


def next_attempt(count: int) -> datetime:
    """When to ask again after so many questions in vain."""
    return clock.now() + LADDER[min(count, len(LADDER)) - 1]


def ask_again(row: ChannelBill, *, actor: str) -> None:
    """Somebody wants the company to be asked now, for a bill that nobody else asks for or for a newer file of it; not
    before the company has the whole day."""
    at = max(clock.now(), row.ready_at)
    if row.status in (BillStatus.EMPTY, BillStatus.FAILED):
        states.advance(
            BILL,
            row,
            BillStatus.EXPECTED,
            reason="asked for again",
            actor=actor,
            next_attempt_at=at,
            attempt_count=0,
        )
    else:
        db.write(db.change(ChannelBill, row.id, next_attempt_at=at, attempt_count=0), expect=1)


def keep(row: ChannelBill, bill: Bill) -> bool:
    """Keep a whole bill that was fetched; whether it says anything new. Emits `channel_bill.fetched` the first time."""
    digest = _digest(bill)
    is_new = row.lines_sha256 != digest
    file = _File(sha256=bill.sha256, lines_sha256=digest, revision=row.revision + is_new, line_count=len(bill.rows))
    file |= _File(fetched_at=clock.now(), compare_at=clock.now(), next_attempt_at=None, error="")
    if row.status == BillStatus.FETCHED:
        db.write(db.change(ChannelBill, row.id, **file), expect=1)
    else:
        states.advance(BILL, row, BillStatus.FETCHED, reason="read as a whole", actor=BY, payload=about(row), **file)
    if is_new:
        _add_totals(row.id, file["revision"], bill)
        _add_lines(row.id, file["revision"], bill)
    return is_new


def note_missing(row: ChannelBill, *, error: str, is_absent: bool, times: BillTimes) -> None:
    """The company gave no whole file: it is asked again, and in time it counts as late. Where nothing moved and it says
    that it has none, there is none. Emits `channel_bill.late` or `channel_bill.failed`."""
    moment, error = clock.now(), error[:MAX_ERROR_LENGTH]
    late_at = row.ready_at + LATE_AFTER
    if row.status not in ASKED:
        db.write(db.change(ChannelBill, row.id, next_attempt_at=None, error=error), expect=1)
    elif moment < late_at:
        db.write(db.change(ChannelBill, row.id, error=error), expect=1)
    elif is_absent and not has_moved(row.channel_account_id, row.day, times):
        _end(row, BillStatus.EMPTY, "nothing moved", error=error, next_attempt_at=None)
    elif row.status == BillStatus.EXPECTED:
        _end(row, BillStatus.LATE, "not there in time", error=error)
    elif moment >= late_at + ASKED_FOR:
        _end(row, BillStatus.FAILED, "not there at all", error=error, next_attempt_at=None)
    else:
        db.write(db.change(ChannelBill, row.id, error=error), expect=1)


def note_none(row: ChannelBill, *, reason: str) -> None:
    """There is no such bill, and there will be none."""
    if row.status in ASKED:
        _end(row, BillStatus.EMPTY, reason, next_attempt_at=None)


def has_moved(account_id: uuid.UUID, day: date, times: BillTimes) -> bool:
    """Whether a payment or refund of this account succeeded on this day of the company's."""
    begins, ends = some(midnight(day, times.zone)), some(midnight(day, times.zone, days=1))
    found = (
        select(attempts.c.id)
        .where(
            attempts.c.business_id == db.here(),
            attempts.c.channel_account_id == account_id,
            attempts.c.created_at >= begins - LONGEST_OPEN,
            attempts.c.created_at < ends,
            attempts.c.status == AttemptStatus.SUCCEEDED,
            attempts.c.kind.in_(BILLED),
            attempts.c.decided_at >= begins,
            attempts.c.decided_at < ends,
        )
        .limit(1)
    )
    return db.scalar(found) is not None


def first_day(account_id: uuid.UUID) -> date | None:
    """The day of the account's first bill, expected or fetched; None where its company has none."""
    found = select(func.min(bills.c.day)).where(bills.c.business_id == db.here())
    day: date | None = db.scalar(found.where(bills.c.channel_account_id == account_id))
    return day


def about(row: ChannelBill) -> dict[str, str]:
    """What events say of a bill."""
    return {
        "channel_bill_id": str(row.id),
        "channel_account_id": str(row.channel_account_id),
        "day": row.day.isoformat(),
    }


def _end(row: ChannelBill, to: BillStatus, reason: str, **changes: Unpack[_File]) -> None:
    states.advance(BILL, row, to, reason=reason, actor=BY, payload=about(row), **changes)


def _digest(bill: Bill) -> str:
    found = hashlib.sha256()
    for each in bill.rows:
        parts = (each.kind, each.our_ref, each.charge_ref, each.channel_ref, each.at.isoformat())
        found.update(repr((*parts, each.amount, each.fee)).encode())
    return found.hexdigest()


def _add_totals(bill_id: uuid.UUID, revision: int, bill: Bill) -> None:
    bulk.insert(
        ChannelBillTotal,
        [
            bulk.row(
                ChannelBillTotal,
                bill_id=bill_id,
                revision=revision,
                currency=currency,
                charges=each.charges,
                charged_minor=each.charged.minor,
                refunds=each.refunds,
                refunded_minor=each.refunded.minor,
                fee_minor=each.fees.minor,
            )
            for currency, each in bill.totals.items()
        ],
    )


def _add_lines(bill_id: uuid.UUID, revision: int, bill: Bill) -> None:
    kept = bill.rows[:MAX_LINES]
    for start in range(0, len(kept), BATCH):
        bulk.insert(
            ChannelBillLine,
            [
                bulk.row(
                    ChannelBillLine,
                    bill_id=bill_id,
                    revision=revision,
                    number=number,
                    kind=each.kind,
                    our_ref=each.our_ref,
                    charge_ref=each.charge_ref,
                    channel_ref=each.channel_ref,
                    amount_minor=each.amount.minor,
                    fee_minor=each.fee.minor,
                    currency=each.amount.currency,
                    at=each.at,
                    attempt_id=try_parse(each.our_ref, "att"),
                    charge_attempt_id=try_parse(each.charge_ref, "att"),
                )
                for number, each in enumerate(kept[start : start + BATCH], start + 1)
            ],
        )
