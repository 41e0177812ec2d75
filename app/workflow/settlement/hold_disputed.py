"""What partners get of a disputed order waits until the dispute is decided."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db
from app.core.errors import Conflict
from app.core.ids import derive, show
from app.domain.orders.models import Order
from app.domain.settlement.holds.models import SettlementHold
from app.domain.settlement.holds.states import SettlementHoldStatus
from app.workflow.settlement import hold_money
from app.workflow.settlement.hold_money import HoldCommand


def hold_disputed(business_id: uuid.UUID, dispute_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """Hold the order's money, if it is shared and nobody holds it already. Safe to call again."""
    orders = db.table(Order)
    with db.reading(business_id):
        clears_on = db.scalar(
            select(orders.c.clears_on).where(orders.c.business_id == business_id, orders.c.id == order_id)
        )
    if clears_on is None:
        return
    command = HoldCommand(reason=f"Dispute {show('dsp', dispute_id)}", order_id=order_id)
    try:
        hold_money.hold(business_id, command, actor="system", hold_id=hold_of(dispute_id))
    except Conflict:
        return  # somebody holds it already, and releases it when they will


def release_disputed(business_id: uuid.UUID, dispute_id: uuid.UUID) -> None:
    """Settle it again, when the dispute held it. Safe to call again."""
    holds = db.table(SettlementHold)
    with db.reading(business_id):
        here = (
            holds.c.business_id == business_id,
            holds.c.id == hold_of(dispute_id),
            holds.c.status == SettlementHoldStatus.HELD,
        )
        is_held = db.scalar(select(holds.c.id).where(*here)) is not None
    if is_held:
        hold_money.release(business_id, hold_of(dispute_id), reason="The dispute is decided", actor="system")


def hold_of(dispute_id: uuid.UUID) -> uuid.UUID:
    """The id of the hold that a dispute makes."""
    return derive(dispute_id, "settlement hold")
