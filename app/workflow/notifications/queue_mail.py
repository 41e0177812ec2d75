"""A buyer is to be written to: what happened, in the order's language. Only a row is written here."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import select

from app.core import clock, db, mail
from app.core.i18n.language import DEFAULT, match
from app.domain.notifications.mails.models import Mail
from app.domain.orders.models import Order


def queue_receipt(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """Send the buyer the receipt of a paid order, once. One without an address gets none."""
    _queue(business_id, order_id, kind="receipt", source_id=order_id, details={})


def queue_refund(
    business_id: uuid.UUID, order_id: uuid.UUID, *, transaction_id: uuid.UUID, amount_minor: int, currency: str
) -> None:
    """Tell the buyer of money that goes back, once for each refund."""
    details = {"amount_minor": amount_minor, "currency": currency}
    _queue(business_id, order_id, kind="refund", source_id=transaction_id, details=details)


def _queue(
    business_id: uuid.UUID, order_id: uuid.UUID, *, kind: str, source_id: uuid.UUID, details: dict[str, Any]
) -> None:
    if not mail.is_on():
        return
    with db.phase("queue_mail.write", business_id):
        table = db.table(Order)
        order = db.first(
            select(table.c.buyer_email, table.c.details).where(
                table.c.business_id == business_id, table.c.id == order_id
            )
        )
        if order is None or not order.buyer_email:
            return
        db.add_once(
            Mail,
            kind=kind,
            order_id=order_id,
            source_id=source_id,
            recipient=order.buyer_email,
            locale=match(order.details.get("locale", "")) or DEFAULT,
            details=details,
            next_attempt_at=clock.now(),
        )
