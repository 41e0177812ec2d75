"""How often an order's payments moved: a part of the version by which a browser knows newer from older."""

from __future__ import annotations

import uuid

from sqlalchemy import func, select

from app.core import db
from app.domain.payments.models import PaymentAttempt, PaymentTransaction


def steps_of(order_id: uuid.UUID) -> int:
    """All steps of the order's attempts so far, in the open transaction. Grows with each of them, and never falls."""
    steps = (
        select(func.coalesce(func.sum(PaymentAttempt.version), 0) + func.count(PaymentAttempt.action))
        .join(
            PaymentTransaction,
            (PaymentTransaction.business_id == PaymentAttempt.business_id)
            & (PaymentTransaction.id == PaymentAttempt.transaction_id),
        )
        .where(PaymentAttempt.business_id == db.here(), PaymentTransaction.order_id == order_id)
    )
    return int(db.scalar(steps))
