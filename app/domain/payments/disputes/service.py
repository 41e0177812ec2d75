"""Writing disputes and finding them. All in the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from app.core import clock, db, outbox, states
from app.core.ids import new_id
from app.core.money import Money
from app.domain.payments.disputes.models import Dispute, DisputeLine
from app.domain.payments.disputes.states import DISPUTE, LOST, OPEN
from app.domain.payments.types import LinePart

disputes, lines = db.table(Dispute), db.table(DisputeLine)
MAX_OF_ORDER = 100
# How long to wait before the company is asked again about a dispute that nobody has decided: the last one repeats.
LADDER = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))


def by_number(account_id: uuid.UUID, channel_ref: str) -> Dispute | None:
    """The dispute that the company of this account calls so."""
    here = disputes.c.business_id == db.here(), disputes.c.channel_account_id == account_id
    return db.first(select(disputes).where(*here, disputes.c.channel_ref == channel_ref))


def one(dispute_id: uuid.UUID) -> Dispute | None:
    """The dispute, if there is one."""
    return db.first(select(disputes).where(disputes.c.business_id == db.here(), disputes.c.id == dispute_id))


def lock(dispute_id: uuid.UUID) -> Dispute | None:
    """The dispute, locked for the rest of the phase."""
    here = disputes.c.business_id == db.here(), disputes.c.id == dispute_id
    return db.first(select(disputes).where(*here).with_for_update())


def of_order(order_id: uuid.UUID) -> Sequence[Dispute]:
    """The order's disputes, the newest first."""
    here = disputes.c.business_id == db.here(), disputes.c.order_id == order_id
    return db.rows(select(disputes).where(*here).order_by(disputes.c.id.desc()).limit(MAX_OF_ORDER))


def taken_of(order_id: uuid.UUID) -> Dispute | None:
    """A dispute of the order with which the company holds or kept money, if there is one."""
    here = disputes.c.business_id == db.here(), disputes.c.order_id == order_id
    taken = (disputes.c.held_minor + disputes.c.lost_minor) > 0
    return db.first(select(disputes).where(*here, taken).order_by(disputes.c.id.desc()).limit(1))


def add(
    account_id: uuid.UUID, channel_ref: str, *, kind: str, attempt_id: uuid.UUID | None, order_id: uuid.UUID | None
) -> Dispute | None:
    """A dispute that was not known, which `needs_response`; None when another transaction was first. Emits
    `dispute.opened`."""
    dispute_id = new_id()
    made = db.new_row(
        Dispute,
        id=dispute_id,
        channel_account_id=account_id,
        channel_ref=channel_ref,
        kind=kind,
        attempt_id=attempt_id,
        order_id=order_id,
        next_poll_at=clock.now(),
    )
    if not db.run(made.on_conflict_do_nothing()):
        return None
    states.born(DISPUTE, dispute_id, reason="reported by the company", actor="system")
    payload = {"dispute_id": str(dispute_id), "channel_account_id": str(account_id)}
    payload |= {"order_id": str(order_id)} if order_id else {}
    outbox.emit("dispute.opened", aggregate_id=dispute_id, payload=payload)
    return one(dispute_id)


def next_poll(status: str, poll_count: int) -> datetime | None:
    """When to ask the company again; never about what has ended."""
    return clock.now() + LADDER[min(poll_count, len(LADDER) - 1)] if status in OPEN else None


def add_lines(dispute_id: uuid.UUID, parts: Sequence[LinePart], *, currency: str) -> None:
    """What of each line was lost."""
    for part in parts:
        if part.amount_minor:
            money = Money(part.amount_minor, currency)
            db.add(
                DisputeLine,
                dispute_id=dispute_id,
                line_id=part.line_id,
                amount_minor=money.minor,
                currency=money.currency,
            )


def lost_lines(order_id: uuid.UUID, *, besides: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[uuid.UUID, int]]:
    """By lost dispute of the order, `besides` these, what was lost of each line in minor units."""
    found = db.rows(
        select(lines)
        .join(disputes, (disputes.c.business_id == lines.c.business_id) & (disputes.c.id == lines.c.dispute_id))
        .where(
            disputes.c.business_id == db.here(),
            disputes.c.order_id == order_id,
            disputes.c.status.in_(LOST),
            disputes.c.id.not_in(besides),
        )
        .order_by(lines.c.dispute_id, lines.c.id)
    )
    sums: dict[uuid.UUID, dict[uuid.UUID, int]] = {}
    for row in found:
        sums.setdefault(row.dispute_id, {})[row.line_id] = row.amount_minor
    return sums
