"""Comparing companies' bills with our books: each once it is fetched, and again while something differs. The fees that
a bill states for our own payments are booked with it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from app.core import clock, db
from app.core.db.retry import in_phase
from app.core.money import Money
from app.core.process import crash
from app.domain.ledger import service as ledger
from app.domain.ledger.service import Leg
from app.domain.payments import service as payments
from app.domain.payments.channel_bills import comparing
from app.domain.payments.channel_bills.comparing import Difference
from app.domain.payments.channel_bills.models import ChannelBill, ChannelBillFee
from app.domain.payments.channel_bills.service import LADDER, bills
from app.domain.payments.channels import registry
from app.lib.some import some
from app.workflow.steps.operations import due

BATCH = 50


def compare_due() -> int:
    """Compare every bill whose time has come; how many. Safe to run with others at once."""
    return due.process(_due, compare)


def compare(business_id: uuid.UUID, bill_id: uuid.UUID) -> bool:
    """Compare the bill with our books, and book its fees; False when it was not its time."""
    with db.reading(business_id):
        row = db.get(ChannelBill, bill_id)
        if not _is_due(row):
            return False
        found, missing, named = _look(row)
    with db.system_reading():
        others = comparing.elsewhere(named, business_id)
    found = [each for each in found if each.kind != "unknown" or each.ref not in others]
    crash.point("compare_bills.look.after")
    in_phase("compare_bills.note", business_id, lambda: _note(row, found, missing))
    return True


def _is_due(row: ChannelBill) -> bool:
    return row.compare_at is not None and row.compare_at <= clock.now()


def _look(row: ChannelBill) -> tuple[list[Difference], list[Difference] | None, set[uuid.UUID]]:
    """What differs, what no bill has (None: it is too early to say), and numbers of our form that are not ours."""
    times = registry.capabilities(some(payments.account(row.channel_account_id)).channel).bills
    if times is None or not comparing.can_compare(row):
        return [], [], set()
    unknown, named = comparing.unknown(row)
    return [*comparing.differing(row), *unknown], comparing.missing(row, times), named


def _note(seen: ChannelBill, found: Sequence[Difference], missing: Sequence[Difference] | None) -> None:
    """Keep what was seen, unless another has done so, or the company gave another file meanwhile."""
    row = db.lock(ChannelBill, seen.id)
    if (row.revision, row.compare_at) != (seen.revision, seen.compare_at):
        return
    unseen = {"missing"} if missing is None else set()
    count = comparing.note_differences(row, [*found, *(missing or ())], unseen=unseen)
    if comparing.can_compare(row):
        for currency, minor in comparing.fees_to_book(row).items():
            _book_fee(row, Money(minor, currency))
    at = _next(row) if count or missing is None else None
    db.write(db.change(ChannelBill, row.id, compared_at=clock.now(), compare_at=at), expect=1)


def _next(row: ChannelBill) -> datetime | None:
    """When to look again: soon at first, as most of what differs is decided within hours."""
    moment, since = clock.now(), some(row.fetched_at)
    if moment >= since + comparing.COMPARED_FOR:
        return None
    return moment + (LADDER[2] if moment < since + comparing.DAY else comparing.DAY)


def _book_fee(row: ChannelBill, fee: Money) -> None:
    owner = str(row.channel_account_id)
    legs = (
        Leg(kind="channel_fees", owner=owner, money=fee),
        Leg(kind="channel_clearing", owner=owner, money=Money(-fee.minor, fee.currency)),
    )
    journal_id = ledger.post_legs("bill_fees", legs, subject_id=row.id)
    db.add(
        ChannelBillFee,
        bill_id=row.id,
        channel_account_id=row.channel_account_id,
        currency=fee.currency,
        fee_minor=fee.minor,
        journal_id=journal_id,
    )


def _due() -> Sequence[due.DueItem]:
    query = select(bills.c.business_id, bills.c.id).where(bills.c.compare_at <= clock.now())
    with db.system_reading():
        return [(row.business_id, row.id) for row in db.rows(query.order_by(bills.c.compare_at).limit(BATCH))]
