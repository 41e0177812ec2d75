"""Deliveries of an order: made once per line, handed over, tried again, given up, taken back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.core import clock, context, db, states
from app.core.ids import new_id
from app.core.states import RowState
from app.domain.fulfilment import rules
from app.domain.fulfilment.models import Delivery
from app.domain.fulfilment.rules import RETRY_PAUSES_S
from app.domain.fulfilment.states import DELIVERY, DeliveryStatus
from app.domain.fulfilment.types import SHIPPING, BatchKind, Deliverable, DeliveryKind, RevocationLoss

deliveries = db.table(Delivery)
# Pauses after each try, in seconds; after the last one the delivery is given up: some fifteen hours in all.


def begin(order_id: uuid.UUID, line_id: uuid.UUID, *, kind: str) -> RowState:
    """Create the line's delivery, `pending` and due now, in the caller's phase. One that is shipped is never due."""
    delivery_id = new_id()
    context.follows(delivery_id, order_id)
    due = None if kind == SHIPPING else clock.now()
    db.add(Delivery, id=delivery_id, order_id=order_id, line_id=line_id, kind=kind, next_attempt_at=due)
    states.born(DELIVERY, delivery_id, reason="order paid", actor="system")
    return RowState(delivery_id, DELIVERY.initial, 1)


def hand_over(
    delivery: Delivery | RowState, deliverable: Deliverable, *, by: DeliveryKind, attempt_count: int = 1
) -> RowState:
    """Deliver by a kind that works in this phase; the delivery's status then: `delivered`, `pending` (will be tried
    again), or `failed` after the last attempt."""
    lacking = by.deliver(deliverable, clock.now())
    return _handed_over(delivery, deliverable, lacking, attempt_count=attempt_count)


def hand_over_new(deliverables: Mapping[RowState, Deliverable], *, by: DeliveryKind) -> list[RowState]:
    """The same for deliveries that were begun in this phase, in their order."""
    every = list(deliverables.values())
    if isinstance(by, BatchKind):
        lacking = by.deliver_new(every, clock.now())
    else:
        lacking = [by.deliver(deliverable, clock.now()) for deliverable in every]
    return [
        _handed_over(delivery, deliverable, why, attempt_count=1)
        for (delivery, deliverable), why in zip(deliverables.items(), lacking, strict=True)
    ]


def _handed_over(
    delivery: Delivery | RowState, deliverable: Deliverable, lacking: str | None, *, attempt_count: int
) -> RowState:
    if lacking is not None:
        return postpone(delivery, order_id=deliverable.order_id, error=lacking, attempt_count=attempt_count)
    return delivered(delivery, order_id=deliverable.order_id, attempt_count=attempt_count)


def delivered(
    delivery: Delivery | RowState, *, order_id: uuid.UUID, attempt_count: int, answer: dict[str, Any] | None = None
) -> RowState:
    """Mark the delivery `delivered`. `answer` is what the merchant system said, for the buyer to read."""
    return _advance(
        delivery,
        DeliveryStatus.DELIVERED,
        "handed over",
        order_id,
        attempt_count=attempt_count,
        answer=answer,
        error=None,
        next_attempt_at=None,
        delivered_at=clock.now(),
    )


def postpone(delivery: Delivery | RowState, *, order_id: uuid.UUID, error: str, attempt_count: int) -> RowState:
    """Count an attempt that delivered nothing: the next one is due after `RETRY_PAUSES_S`; after the last one the
    delivery has failed."""
    if next_attempt_at(attempt_count) is None:
        return failed(delivery, order_id=order_id, error=error, attempt_count=attempt_count)
    db.write(
        db.change(
            Delivery,
            delivery.id,
            attempt_count=attempt_count,
            next_attempt_at=next_attempt_at(attempt_count),
            error=error,
        ),
        expect=1,
    )
    return RowState(delivery.id, delivery.status, delivery.version)


def accepted(
    delivery: Delivery,
    *,
    attempt_count: int,
    expected_at: datetime | None = None,
    progress: str | None = None,
    occurred_at: datetime | None = None,
) -> RowState:
    """Note that the merchant's system took the delivery on and will say later what came of it; it stays `pending`.
    The system is asked again when it is overdue, and at last `revoking` like one that never answered."""
    now = clock.now()
    promised = delivery.promised_at or rules.promised_at(now, None)
    if expected_at is not None:
        promised = rules.promised_at(now, expected_at)
    chase_count = 0 if promised > now else delivery.chase_count + 1
    next_at = rules.chased_at(now, promised, delivery.chase_count)
    if next_at is None:
        return revoking(delivery, reason="abandoned")
    change = db.change(
        Delivery,
        delivery.id,
        attempt_count=attempt_count,
        next_attempt_at=next_at,
        error=None,
        accepted_at=delivery.accepted_at or now,
        promised_at=promised,
        chase_count=chase_count,
        progress=progress if progress is not None else delivery.progress,
        progress_at=(occurred_at or now) if progress is not None else delivery.progress_at,
    )
    db.write(change, expect=1)
    return RowState(delivery.id, delivery.status, delivery.version)


def failed(delivery: Delivery | RowState, *, order_id: uuid.UUID, error: str, attempt_count: int) -> RowState:
    """Mark the delivery `failed` and emit the event by which its line is refunded."""
    return _advance(
        delivery, DeliveryStatus.FAILED, error, order_id, attempt_count=attempt_count, error=error, next_attempt_at=None
    )


def revoke(delivery: Delivery, *, by: DeliveryKind, reason: str) -> RevocationLoss | None:
    """Revoke what this delivery handed over, or cancel it; what was used up and is lost."""
    if delivery.status not in (DeliveryStatus.DELIVERED, DeliveryStatus.PENDING):
        return None
    lost = by.revoke(delivery.id, reason=reason)
    revoked(delivery, reason=reason)
    return lost


def revoked(delivery: Delivery, *, reason: str) -> None:
    """Mark the delivery `revoked`."""
    _advance(delivery, DeliveryStatus.REVOKED, reason, delivery.order_id, next_attempt_at=None)


def revoking(delivery: Delivery, *, reason: str) -> RowState:
    """Mark the delivery `revoking`: the merchant system is asked to take the deliverable back, from now on."""
    return _advance(
        delivery, DeliveryStatus.REVOKING, reason, delivery.order_id, attempt_count=0, next_attempt_at=clock.now()
    )


def not_revoked(delivery: Delivery, *, error: str) -> None:
    """Mark the delivery `revocation_failed`."""
    _advance(delivery, DeliveryStatus.REVOCATION_FAILED, error, delivery.order_id, error=error, next_attempt_at=None)


def of_order(order_id: uuid.UUID) -> Sequence[Delivery]:
    """The order's deliveries, oldest first."""
    return db.rows(
        select(deliveries)
        .where(deliveries.c.business_id == db.here(), deliveries.c.order_id == order_id)
        .order_by(deliveries.c.id)
    )


def one(delivery_id: uuid.UUID) -> Delivery | None:
    """The delivery, read now."""
    return db.first(select(deliveries).where(deliveries.c.business_id == db.here(), deliveries.c.id == delivery_id))


def next_attempt_at(attempt_count: int) -> datetime | None:
    """When to try again after so many attempts; None after the last."""
    if attempt_count > len(RETRY_PAUSES_S):
        return None
    return clock.now() + timedelta(seconds=RETRY_PAUSES_S[attempt_count - 1])


def _advance(delivery: Delivery | RowState, to: str, reason: str, order_id: uuid.UUID, **columns: Any) -> RowState:
    payload = {"order_id": str(order_id)}
    return states.advance(
        DELIVERY, delivery, to, reason=reason, actor="system", aggregate_id=order_id, payload=payload, **columns
    )
