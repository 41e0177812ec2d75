"""What a merchant's system says later about a delivery that it took on: delivered, failed, progress, revoked."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.domain.fulfilment import service as fulfilment
from app.domain.fulfilment.models import Delivery
from app.domain.fulfilment.states import DeliveryStatus
from app.domain.orders.models import Order
from app.domain.reconciliation import service as cases
from app.domain.webhooks.states import InboundVerdict
from app.domain.webhooks.types import Verdict
from app.workflow.fulfilment import deliver_line
from app.workflow.steps.fulfilment.delivery_kinds import CALLBACK

TYPES = ("delivered", "failed", "progress", "revoked")
_WAITING_TO_GO_BACK = (DeliveryStatus.REVOKING, DeliveryStatus.REVOCATION_FAILED)
_APPLIED = Verdict(InboundVerdict.APPLIED)


def take_delivery_event(delivery_id: uuid.UUID, event_type: str, payload: Mapping[str, Any]) -> Verdict:
    """In the open phase: apply the event; the order is locked. `payload` has `text` for the buyer, `reason`,
    `expected_at` and `occurred_at`, each if it was sent. What comes too late changes nothing, but goods that were
    handed over although the money went back are a case.

    Raises:
        NotFound: no such delivery.
    """
    order, delivery, _ = deliver_line.lock_delivery(delivery_id)
    if delivery.kind != CALLBACK:
        return _ignored("Your system does not deliver this.")
    if event_type == "revoked":
        return _revoked(delivery)
    if delivery.status != DeliveryStatus.PENDING:
        return _late(order, delivery, event_type)
    if event_type == "progress":
        return _progress(delivery, payload)
    if event_type == "delivered":
        answer = deliver_line.for_the_buyer(payload.get("text"))
        state = fulfilment.delivered(delivery, order_id=order.id, attempt_count=delivery.attempt_count, answer=answer)
    else:
        error = str(payload.get("reason") or "Your system could not deliver.")
        state = fulfilment.failed(delivery, order_id=order.id, error=error, attempt_count=delivery.attempt_count)
    deliver_line.conclude(order, state)
    return _APPLIED


def _progress(delivery: Delivery, payload: Mapping[str, Any]) -> Verdict:
    occurred_at, expected_at = _moment(payload, "occurred_at"), _moment(payload, "expected_at")
    if occurred_at is not None and delivery.progress_at is not None and occurred_at < delivery.progress_at:
        return _ignored("Newer progress is known.")
    fulfilment.accepted(
        delivery,
        attempt_count=delivery.attempt_count,
        expected_at=expected_at,
        progress=str(payload.get("text") or ""),
        occurred_at=occurred_at,
    )
    return _APPLIED


def _revoked(delivery: Delivery) -> Verdict:
    if delivery.status not in _WAITING_TO_GO_BACK:
        return _ignored(f"The delivery is {delivery.status}.")
    fulfilment.revoked(delivery, reason="revoked")
    return _APPLIED


def _late(order: Order, delivery: Delivery, event_type: str) -> Verdict:
    status = delivery.status
    if event_type == "delivered" and status in (DeliveryStatus.FAILED, DeliveryStatus.REVOKED):
        error = f"Your system delivered after the delivery was {status}."
        cases.open_case("deliverable_not_revoked", subject_id=delivery.id, order_id=order.id, details={"error": error})
    return _ignored(f"The delivery is {status}.")


def _ignored(reason: str) -> Verdict:
    return Verdict(InboundVerdict.IGNORED, reason)


def _moment(payload: Mapping[str, Any], name: str) -> datetime | None:
    text = payload.get(name)
    return datetime.fromisoformat(text) if text else None
