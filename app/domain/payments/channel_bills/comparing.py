"""Comparing a bill with our books: what differs, and what the company kept of our own payments. Movements of other
systems that share the account at the company are nobody's difference. All in the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from sqlalchemy import ColumnElement, and_, case, func, literal, not_, or_, select

from app.core import clock, db
from app.core.db import bulk
from app.core.ids import new_id, show
from app.domain.payments.channel_bills.models import ChannelBill, ChannelBillDifference, ChannelBillFee, ChannelBillLine
from app.domain.payments.channel_bills.service import BILLED, LONGEST_OPEN, MAX_LINES
from app.domain.payments.channel_bills.states import BillStatus
from app.domain.payments.channels.types import BillTimes
from app.domain.payments.models import PaymentAttempt
from app.domain.payments.states import AttemptStatus
from app.lib.days import midnight
from app.lib.some import some

Kind = Literal["unknown", "missing", "amount", "undecided"]
KINDS: tuple[Kind, ...] = ("unknown", "missing", "amount", "undecided")
MAX_DIFFERENCES = 500  # of each kind are kept: more of them have one reason
DAY = timedelta(days=1)
COMPARED_FOR = timedelta(days=30)  # so long after it was fetched, while something differs

bills, lines, attempts = db.table(ChannelBill), db.table(ChannelBillLine), db.table(PaymentAttempt)
differences, fees = db.table(ChannelBillDifference), db.table(ChannelBillFee)


@dataclass(frozen=True)
class Difference:
    """One difference, in the words of its table."""

    kind: Kind
    movement: str
    ref: str
    attempt_id: uuid.UUID | None
    channel_ref: str
    ours_minor: int | None
    theirs_minor: int | None
    currency: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What is open once only."""
        return self.kind, self.movement, self.ref


class _Line(db.JoinedRow):
    """A line that differs, and our attempt where there is one."""

    movement: str
    our_ref: str
    channel_ref: str
    amount_minor: int
    currency: str
    named: uuid.UUID | None
    attempt_id: uuid.UUID | None
    ours_minor: int | None
    ours_currency: str | None
    status: str | None


class _Fee(db.JoinedRow):
    currency: str
    minor: int


def can_compare(row: ChannelBill) -> bool:
    """Whether all of its lines are kept."""
    return row.status == BillStatus.FETCHED and row.line_count <= MAX_LINES


def differing(row: ChannelBill) -> list[Difference]:
    """What its lines say that our books do not: another amount, or not succeeded."""
    query = (
        select(*_SHOWN)
        .join(attempts, _is_ours(row))
        .where(*_of(row))
        .where(
            or_(
                attempts.c.amount_minor != lines.c.amount_minor,
                attempts.c.currency != lines.c.currency,
                attempts.c.status != AttemptStatus.SUCCEEDED,
            )
        )
        .order_by(lines.c.number)
        .limit(MAX_DIFFERENCES)
    )
    return [each for line in db.rows(db.select_as(_Line, query)) for each in _differs(line)]


def unknown(row: ChannelBill) -> tuple[list[Difference], set[uuid.UUID]]:
    """Lines with a number of our form that none of this business's attempts has, and refunds of its payments that it
    did not make; and those numbers, which another business may have."""
    ours = select(attempts.c.id).where(
        attempts.c.business_id == lines.c.business_id, attempts.c.id == lines.c.attempt_id, _KIND_MATCHES
    )
    of_ours = select(attempts.c.id).where(
        attempts.c.business_id == lines.c.business_id,
        attempts.c.id == lines.c.charge_attempt_id,
        attempts.c.channel_account_id == row.channel_account_id,
    )
    query = (
        select(*_SHOWN)
        .join(attempts, literal(False), isouter=True)
        .where(*_of(row), not_(ours.correlate(lines).exists()))
        .where(or_(lines.c.attempt_id.is_not(None), and_(lines.c.kind == "refund", of_ours.correlate(lines).exists())))
        .order_by(lines.c.number)
        .limit(MAX_DIFFERENCES)
    )
    found = db.rows(db.select_as(_Line, query))
    made_there = {each.named for each in found if each.named is not None}
    return [each for line in found for each in _differs(line)], made_there


def elsewhere(named: Collection[uuid.UUID], business_id: uuid.UUID) -> set[str]:
    """Which of these numbers other businesses have, which share the account at the company; as they are shown. In a
    transaction over all businesses."""
    if not named:
        return set()
    found = select(attempts.c.id).where(attempts.c.id.in_(named), attempts.c.business_id != business_id)
    return {show("att", each.id) for each in db.rows(found)}


def missing(row: ChannelBill, times: BillTimes) -> list[Difference] | None:
    """What succeeded on that day and stands in no bill of the account; None while a bill that may have it is not there.
    Midnights differ by seconds, so the day's neighbours are looked at as well."""
    begins, ends = some(midnight(row.day, times.zone)), some(midnight(row.day, times.zone, days=1))
    mine = bills.c.business_id == db.here(), bills.c.channel_account_id == row.channel_account_id
    oldest = select(bills).where(*mine).order_by(bills.c.day).limit(1)
    first = some(db.first(oldest))
    around = select(bills.c.day, bills.c.status).where(
        *mine, bills.c.day >= row.day - LONGEST_OPEN, bills.c.day <= row.day + DAY
    )
    there = {each.day for each in db.rows(around) if each.status in (BillStatus.FETCHED, BillStatus.EMPTY)}
    if not {max(first.day, row.day - DAY), row.day, row.day + DAY} <= there:
        return None
    known = select(lines.c.id).where(lines.c.business_id == attempts.c.business_id, lines.c.attempt_id == attempts.c.id)
    query = (
        select(attempts)
        .where(
            attempts.c.business_id == db.here(),
            attempts.c.channel_account_id == row.channel_account_id,
            # What was begun before the account's first bill was expected may stand in one of before, or in none.
            attempts.c.created_at >= max(begins - LONGEST_OPEN, first.created_at),
            attempts.c.created_at < ends,
            attempts.c.status == AttemptStatus.SUCCEEDED,
            attempts.c.kind.in_(BILLED),
            attempts.c.decided_at >= begins,
            attempts.c.decided_at < ends,
            not_(known.correlate(attempts).exists()),
        )
        .order_by(attempts.c.id)
        .limit(MAX_DIFFERENCES)
    )
    return [
        Difference(
            kind="missing",
            movement="refund" if each.kind == "refund" else "charge",
            ref=show("att", each.id),
            attempt_id=each.id,
            channel_ref=each.channel_ref or "",
            ours_minor=each.amount_minor,
            theirs_minor=None,
            currency=each.currency,
        )
        for each in db.rows(query)
    ]


def fees_to_book(row: ChannelBill) -> dict[str, int]:
    """What the company kept of this business's payments by the bill, less what is booked of it; by currency, without
    what comes to nothing."""
    said = select(lines.c.currency, lines.c.fee_minor.label("minor")).join(attempts, _is_ours(row)).where(*_of(row))
    booked = select(fees.c.currency, (-fees.c.fee_minor).label("minor")).where(
        fees.c.business_id == db.here(), fees.c.bill_id == row.id
    )
    both = said.union_all(booked).subquery("both")
    query = select(both.c.currency, func.sum(both.c.minor).label("minor")).group_by(both.c.currency)
    return {each.currency: int(each.minor) for each in db.rows(db.select_as(_Fee, query)) if each.minor}


def note_differences(row: ChannelBill, now: Sequence[Difference], *, unseen: Collection[str] = ()) -> int:
    """Open what differs now, and clear what did before; how many are open. Of `unseen` kinds nothing was looked for."""
    mine = differences.c.business_id == db.here(), differences.c.bill_id == row.id
    were = db.rows(select(differences).where(*mine, differences.c.cleared_at.is_(None)))
    keys = {each.key for each in now}
    lasting = {(each.kind, each.movement, each.ref) for each in were if each.kind in unseen}
    gone = [each.id for each in were if (each.kind, each.movement, each.ref) not in keys | lasting]
    known = {(each.kind, each.movement, each.ref) for each in were}
    bulk.update(
        ChannelBillDifference, [bulk.changed(ChannelBillDifference, each, cleared_at=clock.now()) for each in gone]
    )
    bulk.insert(
        ChannelBillDifference,
        [
            bulk.row(ChannelBillDifference, id=new_id(), bill_id=row.id, cleared_at=None, **vars(each))
            for each in {each.key: each for each in now if each.key not in known}.values()
        ],
    )
    return len(keys | lasting)


_SHOWN = (
    lines.c.kind.label("movement"),
    lines.c.our_ref,
    lines.c.channel_ref,
    lines.c.amount_minor,
    lines.c.currency,
    lines.c.attempt_id.label("named"),
    attempts.c.id.label("attempt_id"),
    attempts.c.amount_minor.label("ours_minor"),
    attempts.c.currency.label("ours_currency"),
    attempts.c.status,
)
_KIND_MATCHES: ColumnElement[bool] = case(
    (lines.c.kind == "refund", attempts.c.kind == "refund"),
    else_=attempts.c.kind.in_([kind for kind in BILLED if kind != "refund"]),
)


def _of(row: ChannelBill) -> tuple[ColumnElement[bool], ...]:
    """The lines of its last revision."""
    return lines.c.business_id == db.here(), lines.c.bill_id == row.id, lines.c.revision == row.revision


def _is_ours(row: ChannelBill) -> ColumnElement[bool]:
    """The attempt that a line names, through this account."""
    return and_(
        attempts.c.business_id == lines.c.business_id,
        attempts.c.id == lines.c.attempt_id,
        attempts.c.channel_account_id == row.channel_account_id,
        _KIND_MATCHES,
    )


def _differs(each: _Line) -> list[Difference]:
    """One, or two where the currencies differ: what they have, and what they have not."""
    ref = each.our_ref if each.named is not None else each.channel_ref
    theirs = Difference("unknown", each.movement, ref, None, each.channel_ref, None, each.amount_minor, each.currency)
    if each.attempt_id is None or each.ours_minor is None or each.ours_currency is None:
        return [theirs]
    ours = replace(theirs, attempt_id=each.attempt_id, ours_minor=each.ours_minor)
    if each.status != AttemptStatus.SUCCEEDED:
        return [replace(ours, kind="undecided")]
    if each.currency == each.ours_currency:
        return [replace(ours, kind="amount")]
    return [theirs, replace(ours, kind="missing", theirs_minor=None, currency=each.ours_currency)]
