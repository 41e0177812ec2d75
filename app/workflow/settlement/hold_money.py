"""Holding back what partners are owed: of a partner, an order or a line, until somebody releases it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.core import clock, db, outbox, states
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.domain.orders.models import Order, OrderLine
from app.domain.settlement.clearing.models import ClearingEntry
from app.domain.settlement.holds.models import SettlementHold
from app.domain.settlement.holds.states import SETTLEMENT_HOLD, SettlementHoldStatus
from app.domain.settlement.partners.models import Partner

MAX_REASON_LENGTH = 200
entries, lines = db.table(ClearingEntry), db.table(OrderLine)


@dataclass(frozen=True, kw_only=True)
class HoldCommand:
    """What to hold: a partner's money, all of an order's, one partner's part of an order, or a line of the order."""

    reason: str
    partner_id: uuid.UUID | None = None
    order_id: uuid.UUID | None = None
    line_id: uuid.UUID | None = None


def hold(business_id: uuid.UUID, command: HoldCommand, *, actor: str, hold_id: uuid.UUID | None = None) -> uuid.UUID:
    """Hold it from now on; the hold's id. The same `hold_id` again changes nothing. A payment that is under way goes
    on. Emits `settlement_hold.placed`.

    Raises:
        Invalid: no reason, nothing to hold, or a line of another order. NotFound: no such partner or order. Conflict:
            it is on hold already.
    """
    hold_id = hold_id or new_id()
    _check(command)
    with db.phase("hold_money.hold", business_id):
        if db.scalar(
            select(SettlementHold.id).where(SettlementHold.business_id == business_id, SettlementHold.id == hold_id)
        ):
            return hold_id
        _lock_partners(business_id, command)
        row = db.new_row(
            SettlementHold,
            id=hold_id,
            partner_id=command.partner_id,
            order_id=command.order_id,
            line_id=command.line_id,
            reason=command.reason.strip(),
            held_by=actor,
            held_at=clock.now(),
        )
        taken = Conflict("on_hold", "This is on hold already.")
        db.write(row.on_conflict_do_nothing(), expect=1, otherwise=taken)
        states.born(SETTLEMENT_HOLD, hold_id, reason=command.reason.strip(), actor=actor)
        outbox.emit("settlement_hold.placed", aggregate_id=hold_id, payload={"settlement_hold_id": str(hold_id)})
    return hold_id


def release(business_id: uuid.UUID, hold_id: uuid.UUID, *, reason: str, actor: str) -> None:
    """Settle it again from the next batch on. A released hold stays released. Emits `settlement_hold.released`.

    Raises:
        NotFound: no such hold. Invalid: no reason.
    """
    _check_reason(reason)
    with db.phase("hold_money.release", business_id):
        row = db.lock(SettlementHold, hold_id)
        states.advance(
            SETTLEMENT_HOLD,
            row,
            SettlementHoldStatus.RELEASED,
            reason=reason.strip(),
            actor=actor,
            released_by=actor,
            released_at=clock.now(),
            release_reason=reason.strip(),
        )


def _lock_partners(business_id: uuid.UUID, command: HoldCommand) -> None:
    """Whoever closes or pays what it is about has done so, or sees the hold: both lock the partner first."""
    wanted = {command.partner_id} if command.partner_id else set[uuid.UUID]()
    if command.order_id is not None:
        db.get(Order, command.order_id)
        if command.line_id is not None:
            _check_line(business_id, command.order_id, command.line_id)
        cleared = select(entries.c.partner_id).where(
            entries.c.business_id == business_id,
            entries.c.order_id == command.order_id,
            entries.c.partner_id.is_not(None),
        )
        if command.partner_id is None:
            wanted |= {row.partner_id for row in db.rows(cleared.distinct()) if row.partner_id}
    for partner_id in sorted(wanted):
        db.lock(Partner, partner_id)


def _check_line(business_id: uuid.UUID, order_id: uuid.UUID, line_id: uuid.UUID) -> None:
    known = select(lines.c.id).where(
        lines.c.business_id == business_id, lines.c.order_id == order_id, lines.c.id == line_id
    )
    if db.scalar(known) is None:
        raise _invalid("line_id", "The order has no such line.")


def _check(command: HoldCommand) -> None:
    if command.partner_id is None and command.order_id is None:
        raise _invalid("partner_id", "Choose a partner or an order.")
    if command.line_id is not None and command.order_id is None:
        raise _invalid("order_id", "Name the order of the line.")
    _check_reason(command.reason)


def _check_reason(reason: str) -> None:
    if not 0 < len(reason.strip()) <= MAX_REASON_LENGTH:
        raise _invalid("reason", f"Enter a reason of at most {MAX_REASON_LENGTH} characters.")


def _invalid(param: str, text: str) -> Invalid:
    return Invalid("invalid_hold", text, details={"param": param})
