"""An order that is paid: by a channel's money, or by nothing, when it costs nothing."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from app.core import clock, db, states
from app.core.states import RowState
from app.domain.catalog import service as stock
from app.domain.marketing import coupon_use, coupons_of_order
from app.domain.orders.models import CheckoutSession, Order
from app.domain.orders.states import ORDER, SESSION, OrderStatus, SessionStatus
from app.domain.orders.types import Placed
from app.domain.signing import changes
from app.domain.signing import service as signing
from app.workflow.steps.orders import remote_reservations
from app.workflow.steps.orders.request_clearing import request_clearing

sessions = db.table(CheckoutSession)
_SESSION_OF = select(sessions).where(sessions.c.business_id == db.HERE, sessions.c.id == bindparam("session"))
_SESSION, _LOCKED_SESSION = db.prepared(_SESSION_OF), db.prepared(_SESSION_OF.with_for_update())


def mark_paid(order: Order | Placed, *, reason: str, actor: str) -> None:
    """In the caller's phase, with the order locked or just placed: what it held is its own now, and its session is
    over. The books are the caller's."""
    states.advance(
        ORDER,
        RowState(order.id, order.status, order.version),
        OrderStatus.PAID,
        reason=reason,
        actor=actor,
        paid_minor=order.total_minor,
        paid_at=clock.now(),
    )
    if order.session_id is not None:
        session = db.first(_SESSION, session=order.session_id)
        if session is not None and session.status == SessionStatus.OPEN:
            states.advance(SESSION, session, SessionStatus.COMPLETE, reason="paid", actor="system")
    if order.contract_id is not None:
        changes.paid(order.id, order.contract_id)
    coupon_use.confirm(order.id)
    stock.confirm(order.id)
    remote_reservations.confirm(order)
    if order.clears_on == "payment":
        request_clearing(order.id)


def read_ahead(order: Order) -> None:
    """Read what `mark_paid` goes by behind the next read, in its round trip."""
    if order.session_id is not None:
        db.ahead(_SESSION, session=order.session_id)
    db.ahead(coupons_of_order.HELD, order=order.id)
    stock.read_reserved_ahead(order.id)


def lock_session(order: Order) -> None:
    """Lock the order's session and its contract, if it has them: for whoever locks what comes after them
    (workflow/steps/orders/lock_order.py) before the order is marked."""
    if order.session_id is not None:
        db.first(_LOCKED_SESSION, session=order.session_id)
    if order.contract_id is not None:
        signing.lock(order.contract_id)


def mark_free(order: Order | Placed) -> None:
    """The same for an order that costs nothing: no channel is asked, and no money is posted."""
    mark_paid(order, reason="nothing to pay", actor=f"buyer:{order.buyer_reference}")
