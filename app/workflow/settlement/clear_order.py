"""Clearing: every line of an order is divided among partners once, by the rule that counted when it was placed; each
refund, and each lost dispute, takes back every party's part by the shares that the line was cleared with."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence

from app.core import db, outbox
from app.core.money import Money
from app.domain.ledger import service as ledger
from app.domain.ledger.service import Leg
from app.domain.orders.models import Order
from app.domain.settlement.clearing import rules, service
from app.domain.settlement.clearing.models import ClearingEntry
from app.domain.settlement.clearing.service import NewEntry
from app.domain.settlement.clearing.states import EntryKind
from app.domain.settlement.clearing.types import BUSINESS
from app.domain.settlement.partners import service as partners
from app.workflow.steps.orders.lock_order import lock_order
from app.workflow.steps.settlement import clearable_lines
from app.workflow.steps.settlement.clearable_lines import Line, Refunded


def clear_order(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """Clear what is due of an order: its lines, once it is due, and refunds and disputes that took money back since.
    Safe to call again, and at once with another. Emits `clearing.cleared` and, for each refund or lost dispute,
    `clearing.reversed`.

    Raises:
        NotFound: no such order.
    """
    with db.phase("clear_order.clear", business_id):
        order = lock_order(order_id)
        if not clearable_lines.is_due(order):
            return
        known = service.entries_of(order_id)
        if not known:
            lines = clearable_lines.lines_of(order)
            _write(order, order_id, _shares(lines))
            known = service.entries_of(order_id)
        returns_fees = clearable_lines.returning_fees(known)
        for refund in clearable_lines.refunds_of(order_id, besides={entry.cause_id for entry in known}):
            _write(order, refund.cause_id, _taken_back(known, refund, order.currency, returns_fees), cause=refund.cause)
            known = service.entries_of(order_id)


def _shares(lines: Sequence[Line]) -> list[NewEntry]:
    """The entries of lines that are cleared for the first time."""
    new: list[NewEntry] = []
    volumes: Counter[str] = Counter()
    for line in lines:
        parts = rules.divide(line.with_volumes(volumes), line.terms)
        for part in parts:
            if part.amount_minor or part.party == BUSINESS:
                new.append(
                    NewEntry(
                        line_id=line.line_id,
                        party=part.party,
                        kind=EntryKind.SHARE,
                        amount_minor=part.amount_minor,
                        base_minor=part.base_minor,
                        bps=part.bps,
                        rule_version_id=line.version_id,
                    )
                )
            if part.party != BUSINESS:
                volumes[part.party] += part.base_minor
        new += _fees(line, {part.party: part.fee_minor for part in parts if part.party != BUSINESS})
    return new


def _fees(line: Line, borne: Mapping[str, int]) -> list[NewEntry]:
    """What partners bear of the channel's fee goes to the business, which pays it."""
    named = [(party, -minor) for party, minor in borne.items() if minor]
    total = -sum(minor for _, minor in named)
    return [
        NewEntry(
            line_id=line.line_id,
            party=party,
            kind=EntryKind.FEE,
            amount_minor=minor,
            base_minor=line.line.fee_minor,
            rule_version_id=line.version_id,
        )
        for party, minor in ([*named, (BUSINESS, total)] if named else [])
    ]


def _taken_back(
    known: Sequence[ClearingEntry], refund: Refunded, currency: str, returning_fees: set[uuid.UUID]
) -> list[NewEntry]:
    """The entries of one refund: each line's parties give back by the shares they got."""
    new = []
    for line_id, minor in refund.lines.items():
        cleared = _sums(known, line_id, EntryKind.SHARE)
        taken = {party: -value for party, value in _sums(known, line_id, EntryKind.SHARE_REVERSED).items()}
        back = rules.take_back(cleared, taken, Money(minor, currency))
        version = next(
            (each.rule_version_id for each in known if each.line_id == line_id and each.kind == EntryKind.SHARE), None
        )
        for party, part in back.items():
            if part or party == BUSINESS:
                new.append(_reversal(line_id, party, EntryKind.SHARE_REVERSED, -part, version))
        if version in returning_fees:
            fees = {party: -value for party, value in _sums(known, line_id, EntryKind.FEE).items() if value < 0}
            had = {party: value for party, value in _sums(known, line_id, EntryKind.FEE_REVERSED).items() if value > 0}
            new += _fees_back(
                line_id, fees, had, part_of=(minor + sum(taken.values()), sum(cleared.values())), of=version
            )
    return new


def _fees_back(
    line_id: uuid.UUID,
    fees: Mapping[str, int],
    had: Mapping[str, int],
    *,
    part_of: tuple[int, int],
    of: uuid.UUID | None,
) -> list[NewEntry]:
    """What partners get back of the fees they bore, by the part of the line that has gone back (minor units of how
    many)."""
    gone, whole = part_of
    due = {party: fee * gone // whole - had.get(party, 0) for party, fee in fees.items()}
    named = [(party, minor) for party, minor in due.items() if minor]
    total = -sum(minor for _, minor in named)
    every = [*named, (BUSINESS, total)] if named else []
    return [_reversal(line_id, party, EntryKind.FEE_REVERSED, minor, of) for party, minor in every]


def _reversal(line_id: uuid.UUID, party: str, kind: EntryKind, minor: int, version_id: uuid.UUID | None) -> NewEntry:
    return NewEntry(line_id=line_id, party=party, kind=kind, amount_minor=minor, rule_version_id=version_id)


def _sums(known: Sequence[ClearingEntry], line_id: uuid.UUID, kind: EntryKind) -> dict[str, int]:
    found: Counter[str] = Counter()
    for entry in known:
        if entry.line_id == line_id and entry.kind == kind:
            found[entry.party] += entry.amount_minor
    return dict(found)


def _write(order: Order, cause_id: uuid.UUID, new: Sequence[NewEntry], *, cause: str = "transaction") -> None:
    """The entries of one cause, and one posting for all of them."""
    sums: Counter[str] = Counter()
    for entry in new:
        if entry.party != BUSINESS:
            sums[entry.party] += entry.amount_minor
    moved = {party: minor for party, minor in sums.items() if minor}
    journal_id = None
    if moved:
        legs = [Leg(kind="merchant_payable", money=Money(sum(moved.values()), order.currency))]
        for party, kind in partners.account_kinds(moved).items():
            legs.append(Leg(kind=kind, owner=party, money=Money(-moved[party], order.currency)))
        journal_id = ledger.post_legs("clearing", legs, subject_id=cause_id, order_id=order.id)
    service.add_entries(order.id, cause_id, new, currency=order.currency, journal_id=journal_id)
    if cause_id == order.id:
        outbox.emit("clearing.cleared", aggregate_id=order.id, payload={"order_id": str(order.id)})
    else:
        about = {"order_id": str(order.id), f"{cause}_id": str(cause_id)}
        outbox.emit("clearing.reversed", aggregate_id=order.id, payload=about)
