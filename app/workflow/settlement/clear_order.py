"""Clearing: every line of an order is divided among partners once, by the rule that counted when it was placed; each
refund, and each lost dispute, takes back every party's part by the shares that the line was cleared with."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence

from app.core import db, outbox
from app.core.money import Money
from app.domain.ledger import service as ledger
from app.domain.ledger.service import Leg
from app.domain.orders.models import Order
from app.domain.settlement.clearing import new_entries, service
from app.domain.settlement.clearing.new_entries import NewEntry
from app.domain.settlement.clearing.types import BUSINESS
from app.domain.settlement.partners import service as partners
from app.workflow.steps.orders.lock_order import lock_order
from app.workflow.steps.settlement import clearable_lines


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
            _write(order, order_id, new_entries.shares(lines))
            known = service.entries_of(order_id)
        returns_fees = clearable_lines.returning_fees(known)
        for refund in clearable_lines.refunds_of(order_id, besides={entry.cause_id for entry in known}):
            new = new_entries.taken_back(known, refund, order.currency, returns_fees)
            _write(order, refund.cause_id, new, cause=refund.cause)
            known = service.entries_of(order_id)


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
