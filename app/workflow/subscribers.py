"""The whole choreography on one screen: what follows which event. A handler may be called twice."""

from __future__ import annotations

import uuid

from app.core import outbox
from app.core.outbox import Event, Handler
from app.workflow.fulfil_order import fulfil_order, take_back
from app.workflow.refund_order import refund_surplus


def _order(event: Event) -> uuid.UUID:
    return uuid.UUID(event.payload["order_id"])


def _deliver(event: Event) -> None:
    fulfil_order(event.business_id, _order(event))


def _take_back(event: Event) -> None:
    take_back(event.business_id, _order(event))


def _refund_surplus(event: Event) -> None:
    refund_surplus(event.business_id, uuid.UUID(event.payload["attempt_id"]))


SUBSCRIBERS: dict[str, tuple[tuple[str, Handler], ...]] = {
    "order.paid": (("deliver", _deliver),),
    "order.refunded": (("take_back", _take_back),),
    "payment.surplus": (("refund_surplus", _refund_surplus),),
}

# Events that nobody inside acts on; merchants read them at /v1/events.
HEARD_OUTSIDE_ONLY = frozenset(
    {
        "case.resolved",
        "checkout_session.cancelled",
        "checkout_session.completed",
        "checkout_session.expired",
        "delivery.delivered",
        "delivery.failed",
        "delivery.revoked",
        "order.closed",
        "order.completed",
        "order.created",
        "order.fulfilled",
        "order.payment_failed",
        "order.refund_failed",
        "payment.cancelled",
        "payment.failed",
        "payment.succeeded",
        "payment.unknown",
        "product.published",
        "product.withdrawn",
        "refund.succeeded",
        "top_up.succeeded",
        "transfer.succeeded",
    }
)

outbox.unheard.update(HEARD_OUTSIDE_ONLY)
