"""Reviews: payments that rules hold for a person."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, Currency, Moment, OneOf, OrderId, Sentence, Shape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.domain.risk.types import EntrySource
from app.read.risk import reviews as read
from app.workflow.risk import manage_reviews

Status = Annotated[
    str,
    OneOf(read.STATUSES),
    Field(description="`ended`: the order ended, or was paid in a way that rules allow, before anybody decided."),
]


class RiskReview(Answer):
    """A payment that rules hold until a person decides. Nothing was charged; the order waits."""

    id: str
    order_id: str
    risk_decision_id: str
    case_id: Annotated[str, Field(description="Assign, comment and snooze it there.")]
    status: Status
    fired: Annotated[list[str], Field(description="Names of the rules that fired.")]
    score: int
    currency: Currency
    amount_minor: int
    buyer_reference: str
    decide_by: Annotated[Moment, Field(description="When the order ends, and the review with it.")]
    decided_at: Moment | None
    decided_by: str | None
    reason: str | None
    created_at: Moment


class RiskReviewQuery(ListQuery):
    """Which reviews."""

    status: Status | None = None
    order_id: OrderId | None = None


class RiskReviewDecision(Shape):
    """What is decided about a review."""

    decision: Annotated[
        Literal["release", "refuse"],
        Field(description="`release`: the buyer can pay. `refuse`: the order is closed, and what it held is free."),
    ]
    reason: Sentence
    allow_buyer: Annotated[
        bool, Field(description="With `release`: the buyer is on the allow list for 30 days, too.")
    ] = False


@v1.get("/risk/reviews", query=RiskReviewQuery, answer=Page[RiskReview], permission="risk.read", tag="Risk")
def list_risk_reviews(caller: KeyCaller, query: RiskReviewQuery) -> Page[RiskReview]:
    """List reviews.

    Newest first.
    """
    found = read.list_reviews(
        caller.business_id,
        status=query.status,
        order_id=parse("ord", query.order_id) if query.order_id else None,
        after=query.after(),
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=_review, key=lambda row: (row.created_at, row.id))


@v1.get("/risk/reviews/{risk_review_id}", answer=RiskReview, permission="risk.read", tag="Risk")
def get_risk_review(caller: KeyCaller, risk_review_id: str) -> RiskReview:
    """Get a review."""
    return _review(read.get_review(caller.business_id, parse("rrv", risk_review_id)))


@v1.post(
    "/risk/reviews/{risk_review_id}/decide",
    body=RiskReviewDecision,
    answer=RiskReview,
    permission="risk.write",
    tag="Risk",
    errors=("not_found", "reason_needed", "review_over", "payment_in_progress", "too_many_risk_entries"),
)
def decide_risk_review(caller: KeyCaller, risk_review_id: str, body: RiskReviewDecision) -> RiskReview:
    """Decide a review.

    One person is enough. Of two who decide at once, one gets `review_over`.
    """
    known = parse("rrv", risk_review_id)
    if body.decision == "release":
        manage_reviews.release(
            caller.business_id,
            known,
            reason=body.reason,
            actor=caller.actor,
            allow_buyer=body.allow_buyer,
            source=EntrySource.API,
        )
    else:
        manage_reviews.refuse(caller.business_id, known, reason=body.reason, actor=caller.actor)
    return _review(read.get_review(caller.business_id, known))


def _review(row: read.ReviewRow) -> RiskReview:
    same = ("status", "fired", "score", "currency", "amount_minor", "buyer_reference", "decided_by")
    return RiskReview(
        id=show("rrv", row.id),
        order_id=show("ord", row.order_id),
        risk_decision_id=show("rdc", row.decision_id),
        case_id=show("case", row.case_id),
        decide_by=moment_text(row.decide_by),
        decided_at=moment_text(row.decided_at),
        reason=row.resolution,
        created_at=moment_text(row.created_at),
        **{name: getattr(row, name) for name in same},
    )
