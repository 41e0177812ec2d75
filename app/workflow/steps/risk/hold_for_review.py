"""Holding a payment for a person: the review, and its case in the inbox."""

from __future__ import annotations

from sqlalchemy import select

from app.core import db, outbox, states
from app.core.ids import new_id, show
from app.core.money import Money
from app.domain.orders.models import Order
from app.domain.orders.types import Placed
from app.domain.reconciliation import service as cases
from app.domain.risk.models import RiskReview
from app.domain.risk.states import RISK_REVIEW, ReviewStatus
from app.lib.some import some
from app.workflow.steps.risk.decide_payment import Decided

KIND = "risk_review"
reviews = db.table(RiskReview)


def hold(order: Order | Placed, decided: Decided) -> bool:
    """In the open phase, with the order locked or just placed: whether the payment has to wait. The first time, the
    decision is kept and the review opened; while that waits, nothing is written; once it is released, False."""
    query = select(reviews.c.status).where(reviews.c.business_id == db.here(), reviews.c.order_id == order.id)
    known = None if isinstance(order, Placed) else db.scalar(query)
    if known is not None:
        return bool(known != ReviewStatus.RELEASED)
    decided.keep()
    db.flush()
    review_id, verdict = new_id(), some(decided.verdict)
    db.add(RiskReview, id=review_id, order_id=order.id, decision_id=some(decided.id))
    states.born(RISK_REVIEW, review_id, reason="rules", actor="system")
    outbox.emit(
        "risk.review_opened",
        aggregate_id=review_id,
        payload={"risk_review_id": str(review_id), "order_id": str(order.id)},
    )
    cases.open_case(
        KIND,
        subject_id=review_id,
        order_id=order.id,
        details={
            "rules": ", ".join(verdict.fired),
            "score": verdict.score,
            "due_at": f"{order.expires_at:%Y-%m-%d %H:%M} UTC",
            "risk_decision_id": show("rdc", some(decided.id)),
        },
        money=Money(order.total_minor, order.currency),
    )
    return True
