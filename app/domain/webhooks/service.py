"""Writing endpoints and deliveries, in the caller's phase. An endpoint's row is locked before its deliveries."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, select, update

from app.core import clock, db, states
from app.core.db import bulk
from app.core.db.models import OutboxEvent
from app.core.errors import NotFound
from app.core.http.merchant_call import CallResult
from app.core.ids import new_id
from app.domain.webhooks import rules
from app.domain.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.domain.webhooks.states import DELIVERY, ENDPOINT, EndpointStatus, WebhookDeliveryStatus
from app.lib.some import some

endpoints = db.table(WebhookEndpoint)
deliveries = db.table(WebhookDelivery)

# In the text itself: behind a parameter, a plan that is kept for all its values finds no index of pending ones.
_PENDING: ColumnElement[str] = literal_column("'pending'")
# Of an answer, so much is kept; of its headers, those that say something about the answer.
KEPT_ANSWER_BYTES = 2048
KEPT_HEADERS = ("content-type", "date", "location", "retry-after", "server", "x-request-id")


@dataclass(frozen=True)
class Sent:
    """One try of a delivery: its number, and what went over the wire besides the event."""

    delivery_id: uuid.UUID
    number: int
    url: str
    headers: dict[str, str]


def lock_endpoint(endpoint_id: uuid.UUID) -> WebhookEndpoint:
    """The endpoint as it is now, locked.

    Raises:
        NotFound: there is none, or it was removed.
    """
    conditions = (
        endpoints.c.business_id == db.here(),
        endpoints.c.id == endpoint_id,
        endpoints.c.status != EndpointStatus.REMOVED,
    )
    # Deliveries only refer to it, and do not wait for this lock.
    found = db.first(select(endpoints).where(*conditions).with_for_update(key_share=True))
    if found is None:
        raise NotFound("not_found", "There is no such endpoint.")
    return found


def lock_endpoints(endpoint_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, WebhookEndpoint]:
    """The endpoints by id, locked, removed ones too."""
    conditions = endpoints.c.business_id == db.here(), endpoints.c.id.in_(endpoint_ids)
    found = db.rows(select(endpoints).where(*conditions).order_by(endpoints.c.id).with_for_update(key_share=True))
    return {row.id: row for row in found}


def add_deliveries(
    pairs: Sequence[tuple[OutboxEvent, WebhookEndpoint]], *, origin: str = "event", actor: str = "system"
) -> list[uuid.UUID]:
    """Write a delivery of each event to each locked endpoint, and wake the endpoints; their ids in this order. To an
    endpoint that was removed meanwhile nothing is sent."""
    moment = clock.actual()
    pending, skipped = WebhookDeliveryStatus.PENDING, WebhookDeliveryStatus.SKIPPED
    made: dict[WebhookDeliveryStatus, list[dict[str, Any]]] = {pending: [], skipped: []}
    for event, endpoint in pairs:
        to = skipped if endpoint.status == EndpointStatus.REMOVED else pending
        made[to].append(_row(event, endpoint, to, moment) | {"origin": origin, "actor": actor})
    for to, rows in made.items():
        bulk.insert(WebhookDelivery, rows)
        states.born_at(DELIVERY, [row["id"] for row in rows], to, reason=origin, actor=actor)
    wake([row["endpoint_id"] for row in made[pending]])
    return [row["id"] for row in made[pending]]


def wake(endpoint_ids: Sequence[uuid.UUID]) -> None:
    """Note that these endpoints have something to send now."""
    conditions = endpoints.c.business_id == db.here(), endpoints.c.id.in_(set(endpoint_ids))
    moment = clock.actual()
    sooner = func.least(func.coalesce(endpoints.c.due_at, moment), moment)
    if endpoint_ids:
        db.run(update(WebhookEndpoint).where(*conditions).values(due_at=sooner))


def heads(endpoint: WebhookEndpoint, *, limit: int, due_by: datetime | None) -> Sequence[WebhookDelivery]:
    """Pending deliveries that none before them holds up, the first due first; with `due_by`, those due by then. In
    order means for each object the smallest number first, a replay of an older event too."""
    conditions = _pending_of(deliveries, endpoint.id)
    statement = select(deliveries).where(*conditions)
    if due_by is not None:
        statement = statement.where(deliveries.c.next_attempt_at <= due_by)
    if endpoint.in_order:
        # One look into the index for each; as NOT EXISTS, the database may compare everything with everything.
        first = deliveries.alias("first")
        of_it = *_pending_of(first, endpoint.id), first.c.object_id == deliveries.c.object_id
        its_first = select(first.c.id).where(*of_it).order_by(first.c.sequence, first.c.id).limit(1)
        statement = statement.where(deliveries.c.id == its_first.scalar_subquery())
    return db.rows(statement.order_by(deliveries.c.next_attempt_at, deliveries.c.id).limit(limit))


def next_due(endpoint: WebhookEndpoint) -> datetime | None:
    """When the endpoint's next delivery is due; None when none is pending."""
    first = heads(endpoint, limit=1, due_by=None)
    if not first:
        return None
    due_at = some(first[0].next_attempt_at)
    return max(due_at, endpoint.deferred_until) if endpoint.deferred_until else due_at


def claim(rows: Sequence[WebhookDelivery]) -> None:
    """Count an attempt of these deliveries that is about to be made, and write first when the next one is due: a
    process that dies during it leaves nothing behind that would be sent again at once."""
    moment = clock.actual()
    longest = moment + timedelta(seconds=rules.RETRY_PAUSES_S[-1])
    later = [
        bulk.changed(
            WebhookDelivery,
            row.id,
            attempt_count=row.attempt_count + 1,
            next_attempt_at=rules.next_attempt_at(row.attempt_count + 1, moment) or longest,
        )
        for row in rows
    ]
    bulk.update(WebhookDelivery, later)


def record_attempts(made: Sequence[tuple[Sent, CallResult]]) -> None:
    """Write what was sent and what came back; signatures and cookies are left out."""
    bulk.insert(WebhookAttempt, [_attempt_row(sent, result) for sent, result in made])


def _attempt_row(sent: Sent, result: CallResult) -> dict[str, Any]:
    return {
        "delivery_id": sent.delivery_id,
        "number": sent.number,
        "url": sent.url,
        "headers": {name: value for name, value in sent.headers.items() if name != "webhook-signature"},
        "http_status": result.http_status,
        "answer_headers": {name: text[:500] for name, text in result.headers.items() if name.lower() in KEPT_HEADERS},
        "answer": result.text[:KEPT_ANSWER_BYTES],
        "error": result.error,
        "duration_ms": result.duration_ms,
    }


def delivered(rows: Sequence[WebhookDelivery], http_status: int | None) -> None:
    """Mark these as delivered, with this answer."""
    states.advance_all(
        DELIVERY,
        rows,
        WebhookDeliveryStatus.DELIVERED,
        reason=str(http_status),
        actor="system",
        http_status=http_status,
        error=None,
        next_attempt_at=None,
        delivered_at=clock.actual(),
    )


def put_off(delivery: WebhookDelivery, result: CallResult, *, attempts: int, may_fail: bool) -> None:
    """Set the next attempt of a delivery that was not accepted; with `may_fail`, it has failed after the last of
    `attempts`."""
    if delivery.attempt_count >= min(attempts, rules.MAX_ATTEMPTS) and may_fail:
        reason = result.error or "not taken"
        states.advance(
            DELIVERY,
            delivery,
            WebhookDeliveryStatus.FAILED,
            reason=reason,
            actor="system",
            next_attempt_at=None,
            http_status=result.http_status,
            error=result.error,
        )
    else:
        later = rules.next_attempt_at(delivery.attempt_count, clock.actual()) or clock.actual()
        change = db.change(
            WebhookDelivery,
            delivery.id,
            next_attempt_at=later,
            http_status=result.http_status,
            error=result.error,
        )
        db.write(change, expect=1)


def skip(rows: Sequence[WebhookDelivery], *, reason: str, actor: str) -> None:
    """Mark these as skipped: they are not sent any more."""
    states.advance_all(DELIVERY, rows, WebhookDeliveryStatus.SKIPPED, reason=reason, actor=actor, next_attempt_at=None)


def pending(endpoint_id: uuid.UUID, *, before: datetime, limit: int) -> Sequence[WebhookDelivery]:
    """The endpoint's pending deliveries from before this moment, oldest first."""
    conditions = _pending_of(deliveries, endpoint_id)
    statement = select(deliveries).where(*conditions, deliveries.c.created_at < before)
    return db.rows(statement.order_by(deliveries.c.created_at, deliveries.c.id).limit(limit))


def pause(endpoint: WebhookEndpoint, *, because: str, reason: str, actor: str) -> None:
    """Pause the endpoint: deliveries stay pending until it is enabled."""
    states.advance(
        ENDPOINT,
        endpoint,
        EndpointStatus.PAUSED,
        reason=reason,
        actor=actor,
        payload={"reason": because},
        pause_reason=because,
        claimed_until=None,
    )


def by_id(delivery_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, WebhookDelivery]:
    """Deliveries as they are now; their endpoint is locked."""
    conditions = deliveries.c.business_id == db.here(), deliveries.c.id.in_(delivery_ids)
    return {row.id: row for row in db.rows(select(deliveries).where(*conditions))}


def _pending_of(table: Any, endpoint_id: uuid.UUID) -> tuple[Any, ...]:
    return table.c.business_id == db.here(), table.c.endpoint_id == endpoint_id, table.c.status == _PENDING


def _row(event: OutboxEvent, endpoint: WebhookEndpoint, to: str, moment: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "endpoint_id": endpoint.id,
        "event_id": event.id,
        "topic": event.topic,
        "object_id": event.aggregate_id,
        "sequence": event.sequence,
        "status": to,
        "version": 1 if to == WebhookDeliveryStatus.PENDING else 2,
        "next_attempt_at": moment if to == WebhookDeliveryStatus.PENDING else None,
    }
