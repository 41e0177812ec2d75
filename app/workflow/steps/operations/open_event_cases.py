"""Work that was given up is put before people where money or goods are owed; it is off the table when it was done after
all, or left for good by somebody."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from app.core.ids import show
from app.core.outbox import Event
from app.domain.payments import service as payments

# Handler → what has not happened.
KINDS = {
    "refund_undelivered": "refund_not_made",
    "refund_surplus": "refund_not_made",
    "deliver": "deliverable_not_delivered",
    "take_back": "deliverable_not_revoked",
    "take_back_lines": "deliverable_not_revoked",
    "issue_coupons": "coupons_not_issued",
    "return_coupons": "coupons_not_returned",
}


def abandoned(event: Event, handlers: Sequence[str]) -> None:
    """In the phase that sets the event aside."""
    order_id = event.payload.get("order_id")
    for name in handlers:
        if name in KINDS:
            payments.open_case(
                KINDS[name],
                subject_id=event.id,
                order_id=uuid.UUID(order_id) if order_id else None,
                details={"event_id": show("evt", event.id), "handler": name},
            )


def over(event_id: uuid.UUID, *, reason: str) -> None:
    """In the open phase: nothing of it is to be done any more."""
    for kind in sorted(set(KINDS.values())):
        payments.resolve_case(kind, event_id, reason=reason)


def recovered(event: Event) -> None:
    """In the phase that finishes an event which had failed before."""
    over(event.id, reason="succeeded after all")
