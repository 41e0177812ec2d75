"""Closing at the company what was begun there to pay an order."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from app.core import db
from app.core.ids import show
from app.domain.payments import service as payments
from app.domain.payments.channels.types import Outcome
from app.domain.payments.models import PaymentAttempt
from app.workflow.payments import record_result
from app.workflow.steps.payments import channel_access


def close_attempts(business_id: uuid.UUID, order_id: uuid.UUID) -> int:
    """Close at the company what was begun there to pay the order, and record what it says; how many there were."""
    undecided = _undecided(business_id, order_id)
    for attempt in undecided:
        _close_outside(business_id, attempt)
    return len(undecided)


def _undecided(business_id: uuid.UUID, order_id: uuid.UUID) -> Sequence[PaymentAttempt]:
    with db.reading(business_id):
        return payments.undecided_of(order_id)


def _close_outside(business_id: uuid.UUID, attempt: PaymentAttempt) -> None:
    """Close the payment at the company and record what that says: closed, or paid after all."""
    with db.reading(business_id):
        account = channel_access.of_attempt(attempt)
    outcome = account.channel.close_payment(account.settings, show("att", attempt.id))
    if outcome.status == "absent":
        # The company never heard of it and, told to close it, will not take it any more.
        outcome = Outcome(status="cancelled", message="never begun", exchanges=outcome.exchanges)
    record_result.record(business_id, attempt.id, outcome, source="close")
