"""Sending deliveries. An endpoint's turn belongs to one sender at a time, for as long as its lease holds; so its order
is kept, and an endpoint that hangs holds up nobody but itself.

A sender that dies leaves a lease that ends, and deliveries that are due again: they are sent once more under their id.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NotRequired, TypedDict, TypeVar

from sqlalchemy import ARRAY, ColumnElement, Uuid, all_, cast, literal_column, or_, select

from app.core import clock, db
from app.core.db.models import OutboxEvent
from app.core.errors import NotFound
from app.core.http import merchant_call
from app.core.http.merchant_call import CallResult
from app.core.ids import show
from app.core.limits import breaker
from app.core.process import crash
from app.core.security import crypto
from app.domain.accounts.business.models import Business
from app.domain.accounts.business.switch_kinds import SwitchKind
from app.domain.accounts.business.switches import on_in
from app.domain.webhooks import rules
from app.domain.webhooks import service as webhooks
from app.domain.webhooks.events import body_of
from app.domain.webhooks.models import WebhookDelivery, WebhookEndpoint
from app.domain.webhooks.states import EndpointStatus, WebhookDeliveryStatus
from app.lib import parallel
from app.lib.some import some

# Longer than a call can take, whatever the other side does.
LEASE = timedelta(seconds=30)
REST = timedelta(seconds=15)
TURN_S = 5.0
AT_ONCE = 8
# One that took something so recently is sent several at once; of any other the first call shows whether it is there, so
# that one that hangs holds a single thread.
SURE = timedelta(seconds=10)
_HANGING = 4
# In the text itself, so that a plan that is kept finds the index of what is due.
_ENABLED: ColumnElement[str] = literal_column("'enabled'")

_database_slots = threading.BoundedSemaphore(8)
Result = TypeVar("Result")

# Those that answer, those that were never heard of, and those in trouble: none of them waits for another kind.
Lane = Literal["quick", "new", "slow"]
LANES: tuple[Lane, ...] = ("quick", "new", "slow")


@dataclass(frozen=True)
class _Call:
    """One delivery as it goes over the wire, at its `attempt_count`-th try."""

    delivery_id: uuid.UUID
    attempt_count: int
    content: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class _Batch:
    """What is sent at once to one endpoint."""

    business_id: uuid.UUID
    endpoint_id: uuid.UUID
    url: str
    lease: datetime
    breaker: str
    calls: tuple[_Call, ...]


def encryption_context(endpoint_id: uuid.UUID, name: str) -> str:
    """What an endpoint's encrypted secret is bound to."""
    return f"webhook_endpoints/{endpoint_id}/{name}"


def due_endpoints(lane: Lane, *, limit: int, besides: Collection[uuid.UUID] = ()) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """(business, endpoint) of those that have something due and are nobody's turn, longest waiting first."""
    table, moment = db.table(WebhookEndpoint), clock.actual()
    is_known = table.c.succeeded_at.is_not(None)
    kinds = {"quick": (table.c.failures == 0, is_known), "new": (table.c.failures == 0, ~is_known)}
    held = cast(list(besides), ARRAY(Uuid))
    statement = (
        select(table.c.business_id, table.c.id)
        .where(table.c.status == _ENABLED, table.c.due_at <= moment, *kinds.get(lane, (table.c.failures > 0,)))
        .where(or_(table.c.claimed_until.is_(None), table.c.claimed_until <= moment), table.c.id != all_(held))
        .where(~on_in(SwitchKind.WEBHOOKS_DEFERRED, table.c.business_id))
        .order_by(table.c.due_at)
        .limit(limit)
    )
    with db.system_reading():
        return [(row.business_id, row.id) for row in db.rows(statement)]


def take_turn(business_id: uuid.UUID, endpoint_id: uuid.UUID) -> int:
    """Send what is due to the endpoint, until nothing is, something fails, or the turn is over; how many were sent.
    Nothing when it is somebody else's turn."""
    ends_s, sent, lease = time.monotonic() + TURN_S, 0, None
    while batch := _with_database(_claim, business_id, endpoint_id, lease):
        results = _post(batch)
        crash.point("send_webhooks.post.after")
        is_well = all(each.is_taken for each in results)
        lease = batch.lease
        sent += len(batch.calls)
        goes_on = is_well and time.monotonic() < ends_s
        _with_database(_record, batch, results, goes_on=goes_on)
        if not goes_on:
            break
    return sent


def _with_database(work: Callable[..., Result], *arguments: object, **named: object) -> Result:
    """A few at once read and write; any number may wait for an answer."""
    with _database_slots:
        return work(*arguments, **named)


def _claim(business_id: uuid.UUID, endpoint_id: uuid.UUID, lease: datetime | None) -> _Batch | None:
    with db.reading(business_id):
        version = db.scalar(select(WebhookEndpoint.version).where(_is(endpoint_id)))
    name = f"webhook:{endpoint_id}:{version}"  # one that was paused and enabled begins anew
    is_admitted, _ = breaker.current().admit(name)
    places = AT_ONCE if breaker.current().states([name])[name] == "closed" else 1
    with db.phase("send_webhooks.claim", business_id):
        try:
            endpoint = webhooks.lock_endpoint(endpoint_id)
        except NotFound:
            return None
        moment = clock.actual()
        if not _is_ours(endpoint, moment, lease):
            return None
        if not is_admitted:
            _leave(endpoint, moment + REST)
            return None
        if endpoint.failures or endpoint.succeeded_at is None or endpoint.succeeded_at < moment - SURE:
            places = 1
        found = webhooks.heads(endpoint, limit=places, due_by=moment)
        if not found or (endpoint.deferred_until is not None and endpoint.deferred_until > moment):
            _leave(endpoint, webhooks.next_due(endpoint))
            return None
        webhooks.claim(found)
        until = moment + LEASE
        db.write(db.change(WebhookEndpoint, endpoint_id, claimed_until=until, due_at=until), expect=1)
        return _Batch(business_id, endpoint_id, endpoint.url, until, name, _calls(endpoint, found, moment))


def _is(endpoint_id: uuid.UUID) -> Any:
    table = db.table(WebhookEndpoint)
    return (table.c.business_id == db.here()) & (table.c.id == endpoint_id)


def _is_ours(endpoint: WebhookEndpoint, moment: datetime, lease: datetime | None) -> bool:
    if endpoint.status != EndpointStatus.ENABLED or endpoint.due_at is None:
        return False
    if lease is not None and endpoint.claimed_until == lease:
        return True
    return bool((endpoint.claimed_until is None or endpoint.claimed_until <= moment) and endpoint.due_at <= moment)


def _leave(endpoint: WebhookEndpoint, due_at: datetime | None) -> None:
    db.write(db.change(WebhookEndpoint, endpoint.id, claimed_until=None, due_at=due_at), expect=1)


def _calls(endpoint: WebhookEndpoint, found: Sequence[WebhookDelivery], moment: datetime) -> tuple[_Call, ...]:
    table = db.table(OutboxEvent)
    these = table.c.id.in_([delivery.event_id for delivery in found])
    events = {row.id: row for row in db.rows(select(table).where(table.c.business_id == db.here(), these))}
    secret, *also = _secrets(endpoint, moment)
    calls = []
    for delivery in found:
        event = events[delivery.event_id]
        content = content_of(event)
        signed = merchant_call.sign(secret, show("evt", delivery.event_id), content, also=also)
        headers = {**signed, "User-Agent": "Bursar-Webhooks/1"}
        if event.request_id is not None:
            headers["X-Request-Id"] = show("req", event.request_id)
        calls.append(_Call(delivery.id, delivery.attempt_count + 1, content, headers))
    return tuple(calls)


def content_of(event: OutboxEvent) -> bytes:
    """An event of the outbox as it goes over the wire, the same at each try."""
    body = body_of(
        event.id,
        event.topic,
        object_id=event.aggregate_id,
        sequence=event.sequence,
        at=event.created_at,
        payload=event.payload,
    )
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def _secrets(endpoint: WebhookEndpoint, moment: datetime) -> list[str]:
    """The secret, and the one before as long as it counts."""
    names = ["now"]
    if (
        endpoint.previous_secret_until is not None
        and endpoint.previous_secret_until > moment
        and "before" in endpoint.secrets
    ):
        names.append("before")
    return [crypto.decrypt(endpoint.secrets[name], context=encryption_context(endpoint.id, name)) for name in names]


def _post(batch: _Batch) -> list[CallResult]:
    def post(call: _Call) -> CallResult:
        return merchant_call.post(batch.url, call.content, call.headers, keep_bytes=webhooks.KEPT_ANSWER_BYTES)

    results = parallel.each(post, batch.calls)
    for each in results:
        # An answer of whatever kind shows that somebody is there; one event that is refused is no reason to rest.
        is_good = each.is_taken or (each.http_status is not None and each.http_status < 500)
        breaker.current().report(batch.breaker, is_good=is_good, weight=_HANGING if each.has_hung else 1)
    return results


def _record(batch: _Batch, results: Sequence[CallResult], *, goes_on: bool) -> None:
    with db.phase("send_webhooks.record", batch.business_id):
        endpoint = webhooks.lock_endpoints([batch.endpoint_id])[batch.endpoint_id]
        moment = clock.actual()
        health = _health(endpoint, results, moment)
        because = _pausing(health, results, moment) if endpoint.status == EndpointStatus.ENABLED else ""
        _conclude(batch, results, may_fail=not because)
        db.write(db.change(WebhookEndpoint, endpoint.id, **health), expect=1)
        if because:
            reason = next((each.error for each in results if each.error), None) or because
            webhooks.pause(endpoint, because=because, reason=reason, actor="system")
        elif not goes_on and endpoint.claimed_until == batch.lease:
            fresh = webhooks.lock_endpoints([endpoint.id])[endpoint.id]
            _leave(fresh, webhooks.next_due(fresh))


def _conclude(batch: _Batch, results: Sequence[CallResult], *, may_fail: bool) -> None:
    """What became of each delivery of the batch."""
    sent = [webhooks.Sent(call.delivery_id, call.attempt_count, batch.url, call.headers) for call in batch.calls]
    webhooks.record_attempts(list(zip(sent, results, strict=True)))
    now = webhooks.by_id([call.delivery_id for call in batch.calls])
    taken: dict[int | None, list[WebhookDelivery]] = {}
    attempts = 0  # what the business chose is asked only when something was not taken
    for call, each in zip(batch.calls, results, strict=True):
        delivery = now[call.delivery_id]
        # It may have been skipped, or somebody else's turn since: what was taken is delivered all the same.
        if delivery.status != WebhookDeliveryStatus.PENDING:
            continue
        if each.is_taken:
            taken.setdefault(each.http_status, []).append(delivery)
        elif delivery.attempt_count == call.attempt_count:
            attempts = attempts or int(
                some(db.scalar(select(Business.webhook_attempts).where(Business.id == db.here())))
            )
            webhooks.put_off(delivery, each, attempts=attempts, may_fail=may_fail)
    for http_status, rows in taken.items():
        webhooks.delivered(rows, http_status)


class _Health(TypedDict):
    failures: int
    failing_since: datetime | None
    error: str | None
    deferred_until: datetime | None
    succeeded_at: NotRequired[datetime]


def _health(endpoint: WebhookEndpoint, results: Sequence[CallResult], moment: datetime) -> _Health:
    """The endpoint's columns about how it does. It is well when it took anything."""
    holds = [rules.deferred_until(each.headers.get("retry-after", ""), moment) for each in results if not each.is_taken]
    deferred_until = max((hold for hold in holds if hold), default=None)
    if any(each.is_taken for each in results):
        return {
            "failures": 0,
            "failing_since": None,
            "error": None,
            "deferred_until": deferred_until,
            "succeeded_at": moment,
        }
    return {
        "failures": endpoint.failures + len(results),
        "failing_since": endpoint.failing_since or moment,
        "error": next((each.error for each in results if each.error), None),
        "deferred_until": deferred_until,
    }


def _pausing(health: _Health, results: Sequence[CallResult], moment: datetime) -> str:
    """Why the endpoint is to be paused now; empty when it is not."""
    if any(each.http_status == 410 for each in results):
        return "gone"
    return "failing" if rules.is_abandoned(health["failing_since"], moment) else ""
