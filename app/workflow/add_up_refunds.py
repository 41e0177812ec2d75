"""Several small refunds that together pass the limit within a day count as one: so much went to a buyer lately."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, exists, func, or_, select

from app.core import clock, db, locks
from app.domain.business import rules
from app.domain.business.models import Approval
from app.domain.orders.models import Order
from app.domain.payments.models import PaymentTransaction

WITHIN = timedelta(days=1)
orders, refunds, approvals = Order.__table__, PaymentTransaction.__table__, Approval.__table__


def of_buyer(buyer_reference: str, currency: str, actor: str) -> int:
    """In the open phase, with an order of the buyer locked: what people and keys gave back to the buyer within a day,
    of all orders and in this currency, without what somebody else approved. Minor units; 0 for the system, which asks
    nobody. Until the phase ends nobody else counts for this buyer."""
    if not rules.is_somebody(actor):
        return 0
    locks.hold(f"refunds of {buyer_reference}")
    here = db.here()
    approved = exists().where(
        approvals.c.business_id == here,
        approvals.c.transaction_id == func.coalesce(refunds.c.together_with, refunds.c.id),
        approvals.c.status.in_(("approved", "done")),
    )
    mine = and_(orders.c.business_id == refunds.c.business_id, orders.c.id == refunds.c.order_id)
    by_somebody = or_(refunds.c.actor.startswith("usr_", autoescape=True), refunds.c.actor.startswith("key:"))
    query = (
        select(func.coalesce(func.sum(refunds.c.amount_minor), 0))
        .select_from(orders.join(refunds, mine))
        .where(
            orders.c.business_id == here,
            orders.c.buyer_reference == buyer_reference,
            refunds.c.kind == "refund",
            refunds.c.currency == currency,
            refunds.c.status.in_(("open", "succeeded")),
            refunds.c.created_at > clock.now() - WITHIN,
            by_somebody,
            ~approved,
        )
    )
    return int(db.scalar(query))
