"""Closing orders: by hand, or when the time to pay is over. What the order held goes back."""

from __future__ import annotations

import uuid

from sqlalchemy import func, select

from app.core import clock, db, ids
from app.core.db.retry import in_phase
from app.core.errors import Denied
from app.domain.accounts.business import rules as business_rules
from app.domain.accounts.business.models import Business, Membership
from app.domain.orders import rules
from app.domain.orders.errors import OrderState
from app.domain.orders.models import CheckoutSession, Order
from app.domain.orders.states import PAYABLE, OrderStatus, SessionStatus
from app.domain.payments import service as payments
from app.workflow.orders.end_session import end_session
from app.workflow.payments.close_attempts import close_attempts
from app.workflow.steps.operations import due
from app.workflow.steps.orders.lock_order import lock_order
from app.workflow.steps.orders.mark_closed import end_its_session, mark_closed
from app.workflow.steps.payments.release_order import release_order

BATCH = 200
businesses = db.table(Business)


def close_order(business_id: uuid.UUID, order_id: uuid.UUID, *, reason: str, actor: str) -> str:
    """Close the order, after closing what was begun at the company; the order's status afterwards
    (`paid` when the money came in the end).

    Raises:
        NotFound: no such order. Denied: the business lets others close orders. OrderState: it is past being closed, or
            a payment is undecided and the order has time left.
    """
    if business_rules.is_person_or_key(actor):
        _check_closer(business_id, order_id, actor)
    close_attempts(business_id, order_id)
    return in_phase("close_orders.close", business_id, lambda: _close_here(order_id, reason, actor))


def _check_closer(business_id: uuid.UUID, order_id: uuid.UUID, actor: str) -> None:
    """Who closes an unpaid order by hand, and when, is a setting of the business."""
    with db.reading(business_id):
        chosen = db.first(select(businesses).where(businesses.c.id == db.here()))
        assert chosen is not None  # whoever acts is of this business
        status = db.scalar(select(Order.status).where(Order.business_id == db.here(), Order.id == order_id))
        if chosen.close_roles and _role_of(actor) not in chosen.close_roles:
            raise Denied("close_not_allowed", "This business lets only some roles close orders. Ask one of them.")
        if status == OrderStatus.PAYING and not chosen.close_while_paying:
            text = "A payment of this order is on its way, and this business closes no such orders."
            raise OrderState("payment_in_progress", text)


def _role_of(actor: str) -> str | None:
    """The role of a person here; `key` for an API key."""
    if actor.startswith("key:"):
        return "key"
    user_id = ids.try_parse(actor, "usr")
    own = Membership.business_id == db.here(), Membership.user_id == user_id, Membership.left_at.is_(None)
    found: str | None = db.scalar(select(Membership.role).where(*own))
    return found


def _close_here(order_id: uuid.UUID, reason: str, actor: str) -> str:
    order = lock_order(order_id)
    if order.status == OrderStatus.CLOSED:
        return OrderStatus.CLOSED
    if order.status not in PAYABLE:
        if reason == "expired":
            return str(order.status)
        raise OrderState("order_state", f"This order is {order.status}; it cannot be closed.")
    if payments.undecided_of(order_id) and clock.now() < order.expires_at + rules.CLOSING_GRACE:
        if reason == "expired":
            return str(order.status)
        raise OrderState("payment_in_progress", "A payment for this order is still pending.")
    _close(order, reason, actor)
    return OrderStatus.CLOSED


def close_due() -> int:
    """Close every order and session whose time is over; how many orders. Safe to run twice at once."""
    due.process(_due_sessions, _expire_session)
    return due.process_by_partition(_due_orders, _expire_order)


def _expire_order(business_id: uuid.UUID, order_id: uuid.UUID) -> bool:
    return close_order(business_id, order_id, reason="expired", actor="system") == OrderStatus.CLOSED


def _expire_session(business_id: uuid.UUID, session_id: uuid.UUID) -> bool:
    end_session(business_id, session_id, SessionStatus.EXPIRED)
    return True


def _close(order: Order, reason: str, actor: str) -> None:
    mark_closed(order, reason=reason, actor=actor)
    if order.session_id is not None:
        ended = SessionStatus.CANCELLED if reason == "cancelled" else SessionStatus.EXPIRED
        end_its_session(order.session_id, ended)
    release_order(order, reason=reason, actor=actor)


def _due_orders(busy: due.Busy) -> list[tuple[due.Partition, due.DueItem]]:
    """By business, without those that are busy: whose company hangs holds up nobody else's orders."""
    with db.system_reading():
        rows = db.rows(
            select(Order.business_id, Order.id)
            .where(Order.status.in_(PAYABLE), Order.expires_at <= clock.now())
            .where(Order.business_id.not_in(busy.partitions))
            # `created` before `paying`: they need nobody outside. Then by chance: those whose company does not answer
            # must not always be the first.
            .order_by(Order.status, func.random())
            .limit(BATCH)
        )
        return [(row.business_id, (row.business_id, row.id)) for row in rows]


def _due_sessions() -> list[tuple[uuid.UUID, uuid.UUID]]:
    with db.system_reading():
        rows = db.rows(
            select(CheckoutSession.business_id, CheckoutSession.id)
            .where(
                CheckoutSession.status == SessionStatus.OPEN,
                CheckoutSession.order_id.is_(None),
                CheckoutSession.expires_at <= clock.now(),
            )
            .limit(BATCH)
        )
        return [(row.business_id, row.id) for row in rows]
