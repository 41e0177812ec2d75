"""A buyer is to be written to: what happened, in the order's language. Only a row is written here."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Uuid, bindparam, func, select

from app.core import clock, context, db, mail
from app.core.i18n.language import DEFAULT, match
from app.domain.fulfilment.parcels import service as parcels
from app.domain.notifications.mails.models import Mail
from app.domain.orders.models import Order
from app.lib.some import some


def queue_receipt(business_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """Send the buyer the receipt of a paid order, once. One without an address gets none."""
    if mail.is_on():
        with db.phase("queue_mail.write", business_id):
            queue_receipts_here([order_id])


def queue_receipts_here(order_ids: Sequence[uuid.UUID]) -> None:
    """The same for several orders, in the open phase."""
    if mail.is_on():
        for order in db.rows(_WITH_ADDRESS, orders=list(order_ids)):
            _add(order, kind="receipt", source_id=order.id, details={})


def queue_refund(
    business_id: uuid.UUID,
    order_id: uuid.UUID,
    *,
    transaction_id: uuid.UUID,
    amount_minor: int,
    currency: str,
    to_wallet: bool = False,
) -> None:
    """Tell the buyer of money that goes back, to their balance or the way it came, once for each refund."""
    details = {"amount_minor": amount_minor, "currency": currency, "to_wallet": to_wallet}
    if mail.is_on():
        with db.phase("queue_mail.write", business_id):
            for order in db.rows(_WITH_ADDRESS, orders=[order_id]):
                _add(order, kind="refund", source_id=transaction_id, details=details)


def queue_parcel(business_id: uuid.UUID, order_id: uuid.UUID, parcel_id: uuid.UUID) -> None:
    """Tell the buyer that a parcel left, with what is in it and how to follow it. Once for each."""
    if mail.is_on():
        with db.phase("queue_mail.write", business_id):
            for order in db.rows(_WITH_ADDRESS, orders=[order_id]):
                parcel = next(each for each in parcels.of_order(order_id) if each.id == parcel_id)
                units = {str(piece.line_id): piece.quantity for piece in parcels.lines_of([parcel_id])}
                label = {"carrier": parcel.carrier, "tracking_number": parcel.tracking_number}
                _add(order, kind="parcel", source_id=parcel_id, details={**label, "units": units})


orders = db.table(Order)
_WITH_ADDRESS = db.prepared(
    select(orders).where(
        orders.c.business_id == db.HERE,
        orders.c.id == func.any(bindparam("orders", type_=ARRAY(Uuid))),
        orders.c.buyer_email != "",
    )
)


def _add(order: Order, *, kind: str, source_id: uuid.UUID, details: dict[str, Any]) -> None:
    db.add_once(
        Mail,
        kind=kind,
        order_id=order.id,
        source_id=source_id,
        recipient=some(order.buyer_email),
        locale=match(order.details.get("locale", "")) or DEFAULT,
        details=details,
        next_attempt_at=clock.now(),
        request_id=context.request_of(order.id),
    )
