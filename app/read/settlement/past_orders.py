"""The orders of the last days as clearing sees them: what each party got of every line, and what went back."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from app.core import db
from app.core.money import Money
from app.domain.orders.models import Order, OrderLine
from app.domain.payments.channels import registry
from app.domain.payments.disputes.models import Dispute, DisputeLine
from app.domain.payments.disputes.states import LOST
from app.domain.payments.models import PAYING_KINDS, ChannelTerms, PaymentAttempt, PaymentTransaction, RefundLine
from app.domain.payments.routing import AccountTerms
from app.domain.payments.states import AttemptStatus, TransactionStatus
from app.domain.settlement.clearing import new_entries
from app.domain.settlement.clearing.models import ClearingEntry
from app.domain.settlement.clearing.new_entries import NOTHING_SHARED, Line, NewEntry, Refunded
from app.domain.settlement.clearing.states import EntryKind
from app.domain.settlement.clearing.types import BUSINESS, ClearableLine

MAX_LINES = 5_000
MAX_ENTRIES = 50_000  # of all these lines, with what refunds took back
_CHUNK = 100  # orders in one statement
entries, orders, lines = db.table(ClearingEntry), db.table(Order), db.table(OrderLine)
movements, attempts, terms = db.table(PaymentTransaction), db.table(PaymentAttempt), db.table(ChannelTerms)


@dataclass
class PastOrder:
    """An order, its lines by position, what went back of them in order, and what was cleared by cause (the order, then
    each refund). `cleared_at` is when it was cleared; of an order that was placed before the business shared anything,
    when it was paid: then `was` is what clearing by no rule makes of it."""

    id: uuid.UUID
    cleared_at: datetime
    placed_at: datetime
    currency: str
    lines: list[OrderLine] = field(default_factory=list)
    refunds: list[Refunded] = field(default_factory=list)
    was: dict[uuid.UUID, list[NewEntry]] = field(default_factory=dict)


@dataclass(frozen=True)
class PastOrders:
    """The orders in the order of clearing. `since` is from when on they are complete; `is_cut`: not from when it was
    asked for, since a limit was reached."""

    orders: list[PastOrder]
    since: datetime
    is_cut: bool


def read(business_id: uuid.UUID, since: datetime) -> PastOrders:
    """The orders that were cleared since then, and those that were paid since then, and completed, without ever being
    cleared since the business shared nothing; the newest that make up MAX_LINES lines and MAX_ENTRIES entries. In the
    open reading."""
    found, since, is_cut = _newest(business_id, since)
    kept: dict[uuid.UUID, PastOrder] = {}
    left = MAX_ENTRIES
    for chunk in _chunks(found):
        filled = _fill(business_id, chunk, left)
        if filled is None:
            return PastOrders(_in_order(kept), max(each.cleared_at for each in chunk.values()), True)
        left -= filled
        kept |= chunk
    return PastOrders(_in_order(kept), since, is_cut)


def channel_fees(business_id: uuid.UUID, order_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """What channels keep of the payments of each order by their accounts' terms as they are now, in minor units; in the
    open reading."""
    fees: Counter[uuid.UUID] = Counter()
    for start in range(0, len(order_ids), _CHUNK):
        query = (
            select(
                movements.c.order_id,
                attempts.c.channel,
                attempts.c.amount_minor,
                attempts.c.currency,
                terms.c.fee_bps,
                terms.c.fee_fixed_minor,
            )
            .join(
                attempts,
                (attempts.c.business_id == movements.c.business_id) & (attempts.c.transaction_id == movements.c.id),
            )
            .join(
                terms,
                (terms.c.business_id == attempts.c.business_id)
                & (terms.c.channel_account_id == attempts.c.channel_account_id)
                & (terms.c.currency == attempts.c.currency),
            )
            .where(
                movements.c.business_id == business_id,
                movements.c.order_id.in_(order_ids[start : start + _CHUNK]),
                movements.c.kind.in_(PAYING_KINDS),
                attempts.c.status == AttemptStatus.SUCCEEDED,
                attempts.c.applied,
            )
        )
        for row in db.rows(query):
            if not registry.channel(row.channel).capabilities.is_internal:
                cost = AccountTerms(fee_bps=row.fee_bps, fee_fixed_minor=row.fee_fixed_minor)
                fees[row.order_id] += cost.cost_minor(Money(row.amount_minor, row.currency)) or 0
    return fees


def volumes(business_id: uuid.UUID, start: datetime, end: datetime) -> dict[tuple[str, str], int]:
    """What each partner had shares of from `start` until `end`, in minor units by partner and currency; in the
    open reading."""
    query = (
        select(entries.c.party, entries.c.currency, func.sum(entries.c.base_minor).label("minor"))
        .where(
            entries.c.business_id == business_id,
            entries.c.created_at >= start,
            entries.c.created_at <= end,
            entries.c.kind == EntryKind.SHARE,
            entries.c.partner_id.is_not(None),
        )
        .group_by(entries.c.party, entries.c.currency)
    )
    return {(row.party, row.currency): int(row.minor) for row in db.rows(query)}


def _newest(business_id: uuid.UUID, since: datetime) -> tuple[list[PastOrder], datetime, bool]:
    """The orders without their contents, the newest first, from when on they are complete, and whether they were cut.
    Of a line that was cleared, the business's share is the one entry that is always there."""
    cleared = (
        select(entries.c.order_id, entries.c.created_at.label("moment"), orders.c.created_at, orders.c.currency)
        .join(orders, (orders.c.business_id == entries.c.business_id) & (orders.c.id == entries.c.order_id))
        .where(
            entries.c.business_id == business_id,
            entries.c.created_at >= since,
            entries.c.kind == EntryKind.SHARE,
            entries.c.party == BUSINESS,
        )
        .order_by(entries.c.created_at.desc(), entries.c.id.desc())
    )
    unshared = (
        select(orders.c.id.label("order_id"), orders.c.paid_at.label("moment"), orders.c.created_at, orders.c.currency)
        .join(lines, (lines.c.business_id == orders.c.business_id) & (lines.c.order_id == orders.c.id))
        .where(
            orders.c.business_id == business_id,
            orders.c.paid_at >= since,
            orders.c.clears_on.is_(None),
            orders.c.completed_at.is_not(None),
        )
        .order_by(orders.c.paid_at.desc(), orders.c.id.desc())
    )
    every = [row for query in (cleared, unshared) for row in db.rows(query.limit(MAX_LINES + 1))]
    every.sort(key=lambda row: (row.moment, row.order_id), reverse=True)
    found: dict[uuid.UUID, PastOrder] = {}
    for row in every:
        if row.order_id not in found:
            found[row.order_id] = PastOrder(row.order_id, row.moment, row.created_at, row.currency)
    if len(every) <= MAX_LINES:
        return list(found.values()), since, False
    # The order of the first line that is too many is left out as a whole, and so is what was cleared before it.
    since = found[every[MAX_LINES].order_id].cleared_at
    return [each for each in found.values() if each.cleared_at > since], since, True


def _chunks(found: Sequence[PastOrder]) -> Iterator[dict[uuid.UUID, PastOrder]]:
    for start in range(0, len(found), _CHUNK):
        yield {each.id: each for each in found[start : start + _CHUNK]}


def _in_order(kept: dict[uuid.UUID, PastOrder]) -> list[PastOrder]:
    return sorted(kept.values(), key=lambda each: (each.cleared_at, each.id))


def _fill(business_id: uuid.UUID, chunk: dict[uuid.UUID, PastOrder], most: int) -> int | None:
    """Read what was cleared of these orders, and went back of them; how many rows that were, or None when there are
    more than `most`."""
    here = lines.c.business_id == business_id, lines.c.order_id.in_(chunk)
    for line in db.rows(select(lines).where(*here).order_by(lines.c.order_id, lines.c.position)):
        chunk[line.order_id].lines.append(line)
    query = select(entries).where(entries.c.business_id == business_id, entries.c.order_id.in_(chunk))
    found = db.rows(query.order_by(entries.c.id).limit(most + 1))
    for entry in found:
        chunk[entry.order_id].was.setdefault(entry.cause_id, []).append(_kept(entry))
    for order in chunk.values():
        order.refunds = [
            Refunded(cause_id=cause_id, lines=_gone(every))
            for cause_id, every in order.was.items()
            if cause_id != order.id
        ]
    rows = len(found)
    if rows <= most:
        rows += _fill_unshared(business_id, {each.id: each for each in chunk.values() if not each.was}, most - rows)
    return rows if rows <= most else None


def _kept(entry: ClearingEntry) -> NewEntry:
    return NewEntry(
        line_id=entry.line_id,
        party=entry.party,
        kind=EntryKind(entry.kind),
        amount_minor=entry.amount_minor,
        base_minor=entry.base_minor,
        bps=entry.bps,
        rule_version_id=entry.rule_version_id,
    )


def _gone(every: Sequence[NewEntry]) -> Counter[uuid.UUID]:
    """What went back of each line with one refund."""
    gone: Counter[uuid.UUID] = Counter()
    for entry in every:
        if entry.kind == EntryKind.SHARE_REVERSED:
            gone[entry.line_id] -= entry.amount_minor
    return gone


def _fill_unshared(business_id: uuid.UUID, chunk: dict[uuid.UUID, PastOrder], most: int) -> int:
    """Read what went back of orders that were never cleared, and clear them by no rule; how many rows were read."""
    if not chunk:
        return 0
    back, lost, disputes = db.table(RefundLine), db.table(DisputeLine), db.table(Dispute)
    refunded = (
        select(movements.c.order_id, back.c.transaction_id.label("cause_id"), back.c.line_id, back.c.amount_minor)
        .join(movements, (movements.c.business_id == back.c.business_id) & (movements.c.id == back.c.transaction_id))
        .where(
            movements.c.business_id == business_id,
            movements.c.order_id.in_(chunk),
            movements.c.kind == "refund",
            movements.c.status == TransactionStatus.SUCCEEDED,
        )
        .order_by(back.c.transaction_id, back.c.id)
    )
    disputed = (
        select(disputes.c.order_id, lost.c.dispute_id.label("cause_id"), lost.c.line_id, lost.c.amount_minor)
        .join(disputes, (disputes.c.business_id == lost.c.business_id) & (disputes.c.id == lost.c.dispute_id))
        .where(disputes.c.business_id == business_id, disputes.c.order_id.in_(chunk), disputes.c.status.in_(LOST))
        .order_by(lost.c.dispute_id, lost.c.id)
    )
    gone: dict[tuple[uuid.UUID, uuid.UUID], Counter[uuid.UUID]] = {}
    found = [row for query in (refunded, disputed) for row in db.rows(query.limit(most + 1))]
    for row in found:
        gone.setdefault((row.order_id, row.cause_id), Counter())[row.line_id] += row.amount_minor
    for (order_id, cause_id), of_lines in gone.items():
        chunk[order_id].refunds.append(Refunded(cause_id=cause_id, lines=of_lines))
    for order in chunk.values():
        unruled = [Line(line=clearable(line), terms=NOTHING_SHARED, version_id=None) for line in order.lines]
        order.was = cleared_anew(order, unruled, set())
    return len(found)


def clearable(line: OrderLine, *, fee_minor: int = 0, seller: str | None = None) -> ClearableLine:
    """A line as rules divide it."""
    return ClearableLine(
        line_id=line.id,
        currency=line.currency,
        quantity=line.quantity,
        gross_minor=line.unit_price_minor * line.quantity,
        amount_minor=line.amount_minor,
        fee_minor=fee_minor,
        seller=seller,
    )


def cleared_anew(
    order: PastOrder, ruled: Sequence[Line], returning_fees: set[uuid.UUID | None]
) -> dict[uuid.UUID, list[NewEntry]]:
    """What clearing makes of the order by these rules, by cause: the order, then each refund."""
    known = new_entries.shares(ruled)
    result = {order.id: list(known)}
    for refund in order.refunds:
        result[refund.cause_id] = new_entries.taken_back(known, refund, order.currency, returning_fees)
        known += result[refund.cause_id]
    return result
