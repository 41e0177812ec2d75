"""Reviews: payments that rules hold for a person, with the case in which it is worked on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, or_, select

from app.core import clock, db, paging
from app.core.errors import NotFound
from app.core.paging import Key
from app.domain.orders.models import Order
from app.domain.orders.states import PAYABLE
from app.domain.reconciliation.models import Case
from app.domain.risk.models import RiskDecision, RiskReview
from app.domain.risk.states import ReviewStatus

PAGE = 50
# What nobody can decide any more: the order ended, or was paid in a way that rules allow.
ENDED = "ended"
STATUSES = (*ReviewStatus, ENDED)
reviews, decisions = db.table(RiskReview), db.table(RiskDecision)
orders, cases = db.table(Order), db.table(Case)


class ReviewRow(db.JoinedRow):
    """One review; `decide_by` is when its order ends."""

    id: uuid.UUID
    order_id: uuid.UUID
    decision_id: uuid.UUID
    case_id: uuid.UUID
    status: str
    fired: list[str]
    score: int
    buyer_reference: str
    currency: str
    amount_minor: int
    decide_by: datetime
    decided_at: datetime | None
    decided_by: str | None
    resolution: str | None
    created_at: datetime


def list_reviews(
    business_id: uuid.UUID,
    *,
    status: str | None = None,
    order_id: uuid.UUID | None = None,
    after: Key | None = None,
    limit: int = PAGE,
) -> Sequence[ReviewRow]:
    """Reviews, the newest first, and one more than `limit`."""
    query = _query(business_id)
    if status is not None:
        query = query.where(_status() == status)
    if order_id is not None:
        query = query.where(reviews.c.order_id == order_id)
    with db.reading(business_id):
        return db.rows(paging.in_order(query, reviews.c.created_at, reviews.c.id, after, limit + 1))


def get_review(business_id: uuid.UUID, review_id: uuid.UUID) -> ReviewRow:
    """One review.

    Raises:
        NotFound: there is no such review.
    """
    with db.reading(business_id):
        found = db.first(_query(business_id).where(reviews.c.id == review_id))
    if found is None:
        raise NotFound("not_found", "There is no such review.")
    return found


def _query(business_id: uuid.UUID) -> Select[ReviewRow]:
    of_review = and_(cases.c.business_id == reviews.c.business_id, cases.c.kind == "risk_review")
    query = (
        select(
            reviews.c.id,
            reviews.c.order_id,
            reviews.c.decision_id,
            cases.c.id.label("case_id"),
            _status().label("status"),
            decisions.c.fired,
            decisions.c.score,
            orders.c.buyer_reference,
            decisions.c.currency,
            decisions.c.amount_minor,
            orders.c.expires_at.label("decide_by"),
            reviews.c.decided_at,
            reviews.c.decided_by,
            reviews.c.resolution,
            reviews.c.created_at,
        )
        .join(orders, and_(orders.c.business_id == reviews.c.business_id, orders.c.id == reviews.c.order_id))
        .join(
            decisions,
            and_(decisions.c.business_id == reviews.c.business_id, decisions.c.id == reviews.c.decision_id),
        )
        .join(cases, and_(of_review, cases.c.subject_id == reviews.c.id))
        .where(reviews.c.business_id == business_id)
    )
    return db.select_as(ReviewRow, query)


def _status() -> ColumnElement[str]:
    is_over = or_(orders.c.status.not_in(PAYABLE), orders.c.expires_at <= clock.now())
    return case((and_(reviews.c.status == ReviewStatus.WAITING, is_over), ENDED), else_=reviews.c.status)
