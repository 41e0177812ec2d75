"""An order that is closed without having been paid, and its checkout session, when that goes on."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import db, states
from app.core.states import RowState
from app.domain.orders.models import CheckoutSession, Order
from app.domain.orders.states import ORDER, SESSION, OrderStatus, SessionStatus
from app.domain.payments.steps import steps_of
from app.domain.signing import changes

sessions = db.table(CheckoutSession)


def mark_closed(order: Order, *, reason: str, actor: str) -> RowState:
    """In the caller's phase, with the order locked: it is closed. What it holds is given back by the caller."""
    if order.contract_id is not None:
        changes.closed(order.id, order.contract_id, reason=reason)
    return states.advance(
        ORDER,
        order,
        OrderStatus.CLOSED,
        reason=reason,
        actor=actor,
        payload={"order_id": str(order.id), "reason": reason},
        close_reason=reason,
    )


def end_its_session(session_id: uuid.UUID, to: str) -> None:
    """Its session ends with it, if it is still open."""
    session = _open(session_id)
    if session is not None:
        states.advance(SESSION, session, to, reason=to, actor="system")


def let_choose_again(session_id: uuid.UUID, closed: RowState) -> None:
    """Its session goes on without it, if it is still open: the buyer may choose anew."""
    session = _open(session_id)
    if session is not None:
        # The order's steps and its payments' counted into the snapshot's version, which must not fall.
        edits = session.edits + closed.version + steps_of(closed.id)
        db.write(db.change(CheckoutSession, session_id, order_id=None, edits=edits), expect=1)


def _open(session_id: uuid.UUID) -> CheckoutSession | None:
    return db.first(
        select(sessions)
        .where(
            sessions.c.business_id == db.here(), sessions.c.id == session_id, sessions.c.status == SessionStatus.OPEN
        )
        .with_for_update()
    )
