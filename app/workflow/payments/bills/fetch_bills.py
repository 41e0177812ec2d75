"""Fetching companies' bills: each day's, once the company has it, and again while it does not give it. Each account
with bills has one that is expected; whoever takes it up has the next day's expected."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import exists, func, select

from app.core import clock, db
from app.core.db.retry import in_phase
from app.core.process import crash
from app.domain.payments import service as payments
from app.domain.payments.bills import Bill, Billing
from app.domain.payments.channel_bills import service
from app.domain.payments.channel_bills.models import ChannelBill
from app.domain.payments.channels import registry
from app.domain.payments.channels.types import BillTimes
from app.domain.payments.models import ChannelAccount
from app.lib.some import some
from app.workflow.steps.operations import due
from app.workflow.steps.payments import channel_access
from app.workflow.steps.payments.channel_access import OpenAccount

BATCH = 200
DAY = timedelta(days=1)
LONGEST_GAP = timedelta(days=31)
accounts, bills = db.table(ChannelAccount), service.bills


@dataclass(frozen=True)
class _Asked:
    """Which bill is asked for, and where; nowhere, as the company has not lived through that day."""

    account: OpenAccount | None
    day: date
    times: BillTimes


class _Behind(db.JoinedRow):
    """An account without a bill of the present day, and the day of its last one."""

    business_id: uuid.UUID
    id: uuid.UUID
    last: date | None


def fetch_due() -> int:
    """Fetch every bill whose time has come; for how many the company was asked. A company that hangs holds up its own
    account only. Safe to run with others at once."""
    _expect_first()
    return due.process_by_partition(_due, fetch)


def fetch(business_id: uuid.UUID, bill_id: uuid.UUID) -> bool:
    """Ask the company for the bill, and keep it, or when to ask again; False when it was not its time."""
    asked = in_phase("fetch_bills.claim", business_id, lambda: _claim(bill_id))
    if asked is None:
        return False
    bill = None if asked.account is None else _read(asked.account, asked.day)
    crash.point("fetch_bills.call.after")
    in_phase("fetch_bills.record", business_id, lambda: _record(bill_id, bill, asked.times))
    return True


def fetch_again(business_id: uuid.UUID, bill_id: uuid.UUID, *, actor: str) -> None:
    """Have the company asked for the bill as soon as the timer goes off, also for one that was fetched: a file with
    other lines is kept beside the one before.

    Raises:
        NotFound: there is no such bill.
    """
    with db.phase("fetch_bills.again", business_id):
        service.ask_again(db.lock(ChannelBill, bill_id), actor=actor)


def _read(account: OpenAccount, day: date) -> Bill:
    assert isinstance(account.channel, Billing)  # others have none that is expected
    return account.channel.read_bill(account.settings, day)


def _claim(bill_id: uuid.UUID) -> _Asked | None:
    """Where to ask, with the moment of the next question set: of a process that dies it is due again then."""
    row = service.lock(bill_id)
    if row is None or row.next_attempt_at is None or row.next_attempt_at > clock.now():
        return None
    account = some(payments.account(row.channel_account_id))
    times = registry.capabilities(account.channel).bills
    if times is None:
        service.note_none(row, reason="the channel has no bills")
        return None
    count = row.attempt_count + 1
    at = service.next_attempt(count)
    db.write(db.change(ChannelBill, row.id, attempt_count=count, next_attempt_at=at), expect=1)
    if account.enabled:
        service.expect_bill(account.id, row.day + DAY, times)
    # The company knows of no test clock.
    is_to_come = row.day > service.today(times, datetime.fromtimestamp(clock.real_s(), UTC))
    return _Asked(None if is_to_come else channel_access.opened(account), row.day, times)


def _record(bill_id: uuid.UUID, bill: Bill | None, times: BillTimes) -> None:
    row = some(service.lock(bill_id))
    if bill is None:
        service.note_none(row, reason="a day that a test clock made")
        return
    payments.log_account_exchanges(row.channel_account_id, bill.exchanges, subject_id=bill_id)
    if bill.is_whole:
        service.keep(row, bill)
    else:
        service.note_missing(row, error=bill.message or "", is_absent=bill.status == "absent", times=times)


def _expect_first() -> None:
    """Have the present day’s bill expected at each account that has none: it is new, or on again. Days since its last
    bill are expected, too: refunds go on while an account is off."""
    for name, channel in registry.CHANNELS.items():
        times = channel.capabilities.bills
        if times is None:
            continue
        present = service.today(times, clock.now())
        mine = bills.c.business_id == accounts.c.business_id, bills.c.channel_account_id == accounts.c.id
        last = select(func.max(bills.c.day)).where(*mine).scalar_subquery()
        query = select(accounts.c.business_id, accounts.c.id, last.label("last"))
        with db.system_reading():
            found = db.rows(
                db.select_as(_Behind, query)
                .where(accounts.c.channel == name, accounts.c.enabled)
                .where(~exists().where(*mine, bills.c.day >= present))
                .limit(BATCH)
            )
        for row in found:
            first = max(row.last + DAY, present - LONGEST_GAP) if row.last else present
            with db.phase("fetch_bills.expect", row.business_id):
                for number in range((present - first).days + 1):
                    service.expect_bill(row.id, first + number * DAY, times)


def _due(busy: due.Busy) -> list[tuple[due.Partition, due.DueItem]]:
    """By the account to be asked, without those that are busy."""
    with db.system_reading():
        rows = db.rows(
            select(bills.c.business_id, bills.c.id, bills.c.channel_account_id)
            .where(bills.c.next_attempt_at <= clock.now(), bills.c.channel_account_id.not_in(busy.partitions))
            .where(bills.c.business_id.not_in(busy.full))
            .order_by(bills.c.next_attempt_at)
            .limit(BATCH)
        )
        return [(row.channel_account_id, (row.business_id, row.id)) for row in rows]
