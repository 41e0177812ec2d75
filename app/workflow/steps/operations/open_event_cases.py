"""Work that was given up is put before people where money or goods are owed; it is off the table when it was done after
all, or left for good by somebody."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from app.core import db
from app.core.ids import show
from app.core.money import Money
from app.core.outbox import Event
from app.domain.orders.models import Order
from app.domain.reconciliation import service as cases

# Handler → what has not happened.
KINDS = {
    "refund_undelivered": "refund_not_made",
    "refund_surplus": "refund_not_made",
    "refund_cancelled": "refund_not_made",
    "deliver": "deliverable_not_delivered",
    "take_back": "deliverable_not_revoked",
    "take_back_lines": "deliverable_not_revoked",
    "take_back_lost": "deliverable_not_revoked",
    "take_back_cut": "deliverable_not_revoked",
    "clear_order": "order_not_cleared",
    "issue_coupons": "coupons_not_issued",
    "return_coupons": "coupons_not_returned",
}
OF_COUPONS = ("coupons_not_issued", "coupons_not_returned")


def abandoned(event: Event, handlers: Sequence[str]) -> None:
    """In the phase that sets the event aside."""
    named = [name for name in handlers if name in KINDS]
    order_id = uuid.UUID(event.payload["order_id"]) if named and event.payload.get("order_id") else None
    order = None if order_id is None else db.get(Order, order_id)
    for name in named:
        cases.open_case(
            KINDS[name],
            subject_id=event.id,
            order_id=order_id,
            details={"event_id": show("evt", event.id), "handler": name},
            money=Money(order.total_minor, order.currency) if order and KINDS[name] not in OF_COUPONS else None,
        )


def over(event_id: uuid.UUID, *, reason: str) -> None:
    """In the open phase: nothing of it is to be done any more."""
    for kind in sorted(set(KINDS.values())):
        cases.resolve_case(kind, event_id, reason=reason)


def recovered(event: Event) -> None:
    """In the phase that finishes an event which had failed before."""
    over(event.id, reason="succeeded after all")
