"""Reviews: what a person decides about a payment that rules held. The buyer pays by pressing the button again."""

from __future__ import annotations

import uuid
from datetime import timedelta

from app.core import clock, db, states
from app.core.db import retry
from app.core.errors import Conflict, Invalid
from app.domain.orders.models import Order
from app.domain.orders.states import PAYABLE
from app.domain.payments import service as payments
from app.domain.payments.errors import PaymentInProgress
from app.domain.reconciliation import service as cases
from app.domain.risk.models import RiskReview
from app.domain.risk.states import RISK_REVIEW, ReviewStatus
from app.domain.risk.types import EntryKind, EntrySource, ListName
from app.workflow.risk import manage_entries
from app.workflow.risk.manage_entries import MAX_REASON, EntryCommand
from app.workflow.steps.orders.lock_order import lock_order
from app.workflow.steps.payments.stop_payment import close_blocked
from app.workflow.steps.risk.hold_for_review import KIND

ALLOWED_FOR = timedelta(days=30)


def release(
    business_id: uuid.UUID,
    review_id: uuid.UUID,
    *,
    reason: str,
    actor: str,
    allow_buyer: bool = False,
    source: EntrySource = EntrySource.PORTAL,
) -> None:
    """Let the order be paid; with `allow_buyer`, the buyer is on the allow list for 30 days, too. The same again by
    the same person changes nothing.

    Raises:
        NotFound: no such review. Invalid: no reason. Conflict: it was decided before, or the order has ended.
    """

    def work() -> None:
        row, order = _locked(review_id)
        if _is_done(row, ReviewStatus.RELEASED, actor):
            return
        if why := why_not(row, order):
            raise Conflict("review_over", why)
        _decide(row, ReviewStatus.RELEASED, reason=reason.strip(), actor=actor)
        if allow_buyer:
            _allow(order, reason=reason, source=source, actor=actor)

    _check_reason(reason)
    retry.in_phase("manage_reviews.release", business_id, work)


def refuse(business_id: uuid.UUID, review_id: uuid.UUID, *, reason: str, actor: str) -> None:
    """Close the order, with what it held. The same again by the same person changes nothing.

    Raises:
        NotFound: no such review. Invalid: no reason. Conflict: it was decided before, or the order has ended.
        PaymentInProgress: the buyer is paying it in a way that rules allow.
    """

    def work() -> None:
        row, order = _locked(review_id)
        if _is_done(row, ReviewStatus.REFUSED, actor):
            return
        if why := why_not(row, order):
            raise Conflict("review_over", why)
        if payments.undecided_of(order.id):
            raise PaymentInProgress("payment_in_progress", "A payment for this order is still pending.")
        _decide(row, ReviewStatus.REFUSED, reason=reason.strip(), actor=actor)
        close_blocked(order, actor=actor)

    _check_reason(reason)
    retry.in_phase("manage_reviews.refuse", business_id, work)


def why_not(row: RiskReview, order: Order) -> str | None:
    """Why nothing is left to decide; None while somebody can."""
    if row.status != ReviewStatus.WAITING:
        return f"This review was decided before: {row.status}."
    if order.status not in PAYABLE or order.expires_at <= clock.now():
        return "The order has ended or was paid. Nothing is left to decide."
    return None


def _locked(review_id: uuid.UUID) -> tuple[RiskReview, Order]:
    """The order is locked first, as paying does."""
    order = lock_order(db.get(RiskReview, review_id).order_id)
    return db.lock(RiskReview, review_id), order


def _is_done(row: RiskReview, status: str, actor: str) -> bool:
    return (row.status, row.decided_by) == (status, actor)


def _decide(row: RiskReview, to: str, *, reason: str, actor: str) -> None:
    payload = {"risk_review_id": str(row.id), "order_id": str(row.order_id)}
    states.advance(
        RISK_REVIEW,
        row,
        to,
        reason=reason,
        actor=actor,
        payload=payload,
        decided_at=clock.now(),
        decided_by=actor,
        resolution=reason,
    )
    cases.resolve_case(KIND, row.id, reason=to)


def _allow(order: Order, *, reason: str, source: EntrySource, actor: str) -> None:
    kind, value = (
        (EntryKind.EMAIL, order.buyer_email) if order.buyer_email else (EntryKind.BUYER, order.buyer_reference)
    )
    expires_at = clock.now() + ALLOWED_FOR
    command = EntryCommand(list_name=ListName.ALLOW, kind=kind, value=value, reason=reason, expires_at=expires_at)
    manage_entries.put(command, source=source, actor=actor)


def _check_reason(reason: str) -> None:
    if not 0 < len(reason.strip()) <= MAX_REASON or not reason.strip().isprintable():
        raise Invalid("reason_needed", f"Enter 1 to {MAX_REASON} characters.", details={"param": "reason"})
