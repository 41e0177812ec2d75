"""Attempts: every try to move an order's money, and why it was made where it was."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Mapped

from app.core import db
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.orders.models import Order
from app.domain.payments.models import PaymentAttempt, PaymentTransaction, RoutingDecision

if TYPE_CHECKING:

    class RoutedAttempt(PaymentAttempt):
        """An attempt with the accounts that were considered for it, unless they were not written down."""

        candidates: Mapped[list[dict[str, Any]] | None]

else:
    RoutedAttempt = PaymentAttempt

attempts = db.table(PaymentAttempt)


def list_attempts(business_id: uuid.UUID, order_id: uuid.UUID, *, after: After, limit: int) -> list[RoutedAttempt]:
    """The order's attempts, newest first, one more than `limit`.

    Raises:
        NotFound: the business has no such order.
    """
    statement = (
        db.select_as(RoutedAttempt, select(attempts, RoutingDecision.candidates))
        .join(
            PaymentTransaction,
            and_(
                PaymentTransaction.business_id == attempts.c.business_id,
                PaymentTransaction.id == attempts.c.transaction_id,
            ),
        )
        .outerjoin(
            RoutingDecision,
            and_(RoutingDecision.business_id == attempts.c.business_id, RoutingDecision.id == attempts.c.id),
        )
        .where(attempts.c.business_id == business_id, PaymentTransaction.order_id == order_id)
    )
    with db.reading(business_id):
        known = db.scalar(select(Order.id).where(Order.business_id == business_id, Order.id == order_id))
        if known is None:
            raise NotFound("not_found", "There is no such order.")
        return list(db.rows(newest_first(statement, attempts, after, limit)))
