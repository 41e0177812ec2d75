"""Endpoints that merchants' events are sent to: made, changed, paused, enabled again, tried out, removed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from sqlalchemy import select, update

from app.core import clock, db, outbox, states
from app.core.errors import Invalid
from app.core.http import merchant_call
from app.core.ids import new_id, show
from app.core.security import crypto
from app.domain.accounts.business.resources import Resource
from app.domain.webhooks import service as webhooks
from app.domain.webhooks.events import is_filter
from app.domain.webhooks.models import WebhookDelivery, WebhookEndpoint
from app.domain.webhooks.rules import MAX_SECRET_OVERLAP as MAX_SECRET_OVERLAP
from app.domain.webhooks.states import ENDPOINT, EndpointStatus, WebhookDeliveryStatus
from app.workflow.steps.accounts.check_room import check_room
from app.workflow.webhooks.send_webhooks import encryption_context

BATCH = 200


@dataclass(frozen=True)
class EndpointCommand:
    """How an endpoint shall be. `topics` are types of events, `order.*` for all of an object's, `*` for all."""

    url: str
    topics: Sequence[str]
    description: str = ""
    in_order: bool = True


@dataclass(frozen=True)
class NewEndpoint:
    """An endpoint and the only showing of its secret."""

    id: uuid.UUID
    secret: str


def create_endpoint(
    business_id: uuid.UUID, command: EndpointCommand, *, actor: str, endpoint_id: uuid.UUID | None = None
) -> NewEndpoint:
    """Make an endpoint, enabled: it hears of what happens from now on. With `endpoint_id`, one that is there already
    is left as it is, but for its secret, which is new.

    Raises:
        Invalid: the URL or an event cannot be used. LimitReached: there are as many as may be.
    """
    topics = _checked(command)
    made, secret = endpoint_id or new_id(), merchant_call.new_secret()
    secrets = {"now": crypto.encrypt(secret, context=encryption_context(made, "now"))}
    with db.phase("manage_webhooks.create", business_id):
        table = db.table(WebhookEndpoint)
        if db.scalar(select(table.c.id).where(table.c.business_id == business_id, table.c.id == made)) is not None:
            db.write(db.change(WebhookEndpoint, made, secrets=secrets))
            return NewEndpoint(made, secret)
        check_room(Resource.WEBHOOK_ENDPOINTS)
        db.add(
            WebhookEndpoint,
            id=made,
            url=command.url,
            description=command.description,
            in_order=command.in_order,
            topics=topics,
            secrets=secrets,
        )
        states.born(ENDPOINT, made, reason="made", actor=actor)
        outbox.listen(made, topics)
    return NewEndpoint(made, secret)


def change_endpoint(business_id: uuid.UUID, endpoint_id: uuid.UUID, command: EndpointCommand) -> None:
    """Change where it is and what it hears of, from now on; what waits for it goes to the new address.

    Raises:
        NotFound: there is none. Invalid: the URL or an event cannot be used.
    """
    topics = _checked(command)
    with db.phase("manage_webhooks.change", business_id):
        webhooks.lock_endpoint(endpoint_id)
        change = db.change(
            WebhookEndpoint,
            endpoint_id,
            topics=topics,
            url=command.url,
            description=command.description,
            in_order=command.in_order,
        )
        db.write(change, expect=1)
        outbox.listen(endpoint_id, topics)


def roll_secret(business_id: uuid.UUID, endpoint_id: uuid.UUID, *, overlap: timedelta) -> str:
    """A new secret, shown only here. Until the overlap is over deliveries carry a signature by the old one too.

    Raises:
        NotFound: there is no such endpoint. Invalid: the overlap is longer than a week.
    """
    if not timedelta(0) <= overlap <= MAX_SECRET_OVERLAP:
        raise Invalid(
            "invalid_overlap", "The old secret can stay valid for at most one week.", details={"param": "overlap_s"}
        )
    secret = merchant_call.new_secret()
    with db.phase("manage_webhooks.roll", business_id):
        endpoint = webhooks.lock_endpoint(endpoint_id)
        before = crypto.decrypt(endpoint.secrets["now"], context=encryption_context(endpoint_id, "now"))
        fresh = {"now": secret, **({"before": before} if overlap else {})}
        ciphertext = {
            name: crypto.encrypt(text, context=encryption_context(endpoint_id, name)) for name, text in fresh.items()
        }
        until = clock.actual() + overlap if overlap else None
        db.write(db.change(WebhookEndpoint, endpoint_id, secrets=ciphertext, previous_secret_until=until), expect=1)
    return secret


def pause_endpoint(business_id: uuid.UUID, endpoint_id: uuid.UUID, *, actor: str) -> None:
    """Send nothing until it is enabled again; what happens meanwhile waits for it. One that is paused stays so.

    Raises:
        NotFound: there is no such endpoint.
    """
    with db.phase("manage_webhooks.pause", business_id):
        endpoint = webhooks.lock_endpoint(endpoint_id)
        if endpoint.status == EndpointStatus.ENABLED:
            webhooks.pause(endpoint, because="manual", reason="manually", actor=actor)


class _Enabled(TypedDict):
    failures: int
    failing_since: datetime | None
    deferred_until: datetime | None
    error: str | None
    pause_reason: str | None
    due_at: datetime


def enable_endpoint(business_id: uuid.UUID, endpoint_id: uuid.UUID, *, skip_waiting: bool, actor: str) -> None:
    """Send again: first what waited, unless it is to be skipped. One that is enabled already has its chance at once.

    Raises:
        NotFound: there is no such endpoint.
    """
    if skip_waiting:
        skip_pending(business_id, endpoint_id, reason="no longer subscribed", actor=actor)
    with db.phase("manage_webhooks.enable", business_id):
        endpoint = webhooks.lock_endpoint(endpoint_id)
        columns: _Enabled = {
            "failures": 0,
            "failing_since": None,
            "deferred_until": None,
            "error": None,
            "pause_reason": None,
            "due_at": clock.actual(),
        }
        conditions = WebhookDelivery.business_id == business_id, WebhookDelivery.endpoint_id == endpoint_id
        waits = WebhookDelivery.status == WebhookDeliveryStatus.PENDING
        db.run(update(WebhookDelivery).where(*conditions, waits).values(next_attempt_at=clock.actual()))
        if endpoint.status == EndpointStatus.PAUSED:
            states.advance(ENDPOINT, endpoint, EndpointStatus.ENABLED, reason="manually", actor=actor, **columns)
        else:
            db.write(db.change(WebhookEndpoint, endpoint_id, **columns), expect=1)


def remove_endpoint(business_id: uuid.UUID, endpoint_id: uuid.UUID, *, actor: str) -> None:
    """It hears of nothing any more, and what waited for it is skipped. Its deliveries can be looked at for a while.

    Raises:
        NotFound: there is no such endpoint.
    """
    with db.phase("manage_webhooks.remove", business_id):
        endpoint = webhooks.lock_endpoint(endpoint_id)
        states.advance(
            ENDPOINT,
            endpoint,
            EndpointStatus.REMOVED,
            reason="removed",
            actor=actor,
            claimed_until=None,
            secrets={},
            previous_secret_until=None,
            pause_reason=None,
            due_at=None,
        )
        outbox.listen(endpoint_id, ())
    skip_pending(business_id, endpoint_id, reason="endpoint removed", actor=actor)


def skip_pending(
    business_id: uuid.UUID, endpoint_id: uuid.UUID, *, reason: str, actor: str, before: datetime | None = None
) -> int:
    """Skip all that waits for the endpoint since before then (None: now); how many. Also of one that was removed."""
    before, skipped = before or clock.actual(), 0
    while True:
        with db.phase("manage_webhooks.skip", business_id):
            webhooks.lock_endpoints([endpoint_id])
            waiting = webhooks.pending(endpoint_id, before=before, limit=BATCH)
            webhooks.skip(waiting, reason=reason, actor=actor)
        skipped += len(waiting)
        if len(waiting) < BATCH:
            return skipped


def send_test(business_id: uuid.UUID, endpoint_id: uuid.UUID) -> uuid.UUID:
    """Tell this endpoint, and nobody else, that it is tried out; the event's id.

    Raises:
        NotFound: there is no such endpoint.
    """
    with db.phase("manage_webhooks.test", business_id):
        webhooks.lock_endpoint(endpoint_id)
        payload = {"webhook_endpoint_id": str(endpoint_id), "note": f"A test of {show('whe', endpoint_id)}."}
        return outbox.emit_to(endpoint_id, "webhook.test", aggregate_id=endpoint_id, payload=payload)


def _checked(command: EndpointCommand) -> list[str]:
    merchant_call.check_url(command.url)
    unknown = [topic for topic in command.topics if not is_filter(topic)]
    if unknown or not command.topics:
        text = f"There are no events {unknown[0]!r}." if unknown else "Select at least one event type."
        raise Invalid("unknown_event_type", text, details={"param": "events"})
    topics = list(dict.fromkeys(command.topics))
    return ["*"] if "*" in topics else topics
