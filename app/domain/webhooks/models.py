"""Tables of the webhooks noun."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Index, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.db.guards import Audit, BusinessRows
from app.core.db.models import Tenant, tenant_key


class WebhookEndpoint(Tenant, Base):
    """An address of the merchant's that events are sent to. `secrets` are encrypted: `now` signs, and `before` too
    until `previous_secret_until`. Whoever sends holds `claimed_until`, so that one at a time does; `due_at` is when
    there may be something to send, `deferred_until` until when the endpoint asked to be left alone."""

    __tablename__ = "webhook_endpoints"
    noun = "endpoint"
    guard = BusinessRows(
        audit=Audit(
            secret=("secrets",),
            ignored=("due_at", "claimed_until", "deferred_until", "failures", "failing_since", "succeeded_at", "error"),
        )
    )
    __table_args__ = (
        CheckConstraint("status IN ('enabled', 'paused', 'removed')", name="status"),
        CheckConstraint("pause_reason IN ('manual', 'failing', 'gone')", name="pause_reason"),
        CheckConstraint("(status = 'paused') = (pause_reason IS NOT NULL)", name="paused"),
        CheckConstraint("failures >= 0 AND (failures > 0) = (failing_since IS NOT NULL)", name="failing"),
        Index("ix_webhook_endpoints_due", "due_at", postgresql_where="status = 'enabled' AND due_at IS NOT NULL"),
    )

    status: Mapped[str] = mapped_column(default="enabled")
    version: Mapped[int] = mapped_column(Integer, default=1)
    url: Mapped[str]
    description: Mapped[str]
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    in_order: Mapped[bool] = mapped_column(Boolean, default=True)
    secrets: Mapped[dict[str, Any]]
    previous_secret_until: Mapped[datetime | None] = mapped_column(default=None)
    pause_reason: Mapped[str | None] = mapped_column(default=None)
    due_at: Mapped[datetime | None] = mapped_column(default=None)
    claimed_until: Mapped[datetime | None] = mapped_column(default=None)
    deferred_until: Mapped[datetime | None] = mapped_column(default=None)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    failing_since: Mapped[datetime | None] = mapped_column(default=None)
    succeeded_at: Mapped[datetime | None] = mapped_column(default=None)
    error: Mapped[str | None] = mapped_column(default=None)


class WebhookDelivery(Tenant, Base):
    """One event on its way to one endpoint. `origin` is the event itself, or somebody who wants it sent again."""

    __tablename__ = "webhook_deliveries"
    noun = "delivery"
    guard = BusinessRows(audit=None, prunable=True)
    __table_args__ = (
        tenant_key("webhook_endpoints", "endpoint_id"),
        tenant_key("outbox_events", "event_id"),
        CheckConstraint("status IN ('pending', 'delivered', 'failed', 'skipped')", name="status"),
        CheckConstraint("origin IN ('event', 'replay')", name="origin"),
        CheckConstraint("(status = 'pending') = (next_attempt_at IS NOT NULL)", name="tried"),
        # Each event once for each endpoint that wanted it, however often it is sent again by hand.
        Index(
            "uq_webhook_deliveries_event",
            "business_id", "endpoint_id", "event_id",
            unique=True, postgresql_where="origin = 'event'",
        ),
        Index(
            "ix_webhook_deliveries_object",
            "business_id", "endpoint_id", "object_id", "sequence", "id",
            postgresql_where="status = 'pending'",
        ),
        Index(
            "ix_webhook_deliveries_due",
            "business_id", "endpoint_id", "next_attempt_at", "id",
            postgresql_where="status = 'pending'",
        ),
        Index("ix_webhook_deliveries_endpoint", "business_id", "endpoint_id", "created_at", "id"),
        Index("ix_webhook_deliveries_created", "business_id", "created_at", "id"),
        Index("ix_webhook_deliveries_event", "business_id", "event_id"),
        Index("ix_webhook_deliveries_topic", "business_id", "topic", "created_at", "id"),
        Index(
            "ix_webhook_deliveries_undelivered",
            "business_id", "status", "created_at", "id",
            postgresql_where="status <> 'delivered'",
        ),
    )  # fmt: skip

    endpoint_id: Mapped[uuid.UUID]
    event_id: Mapped[uuid.UUID]
    topic: Mapped[str]
    object_id: Mapped[uuid.UUID]
    sequence: Mapped[int]
    origin: Mapped[str] = mapped_column(default="event")
    actor: Mapped[str] = mapped_column(default="system")
    status: Mapped[str] = mapped_column(default="pending")
    version: Mapped[int] = mapped_column(Integer, default=1)
    attempt_count: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(default=None)
    http_status: Mapped[int | None] = mapped_column(Integer, default=None)
    error: Mapped[str | None] = mapped_column(default=None)
    delivered_at: Mapped[datetime | None] = mapped_column(default=None)


class WebhookAttempt(Tenant, Base):
    """One call of an endpoint: what was sent, without signatures, and the beginning of what came back."""

    __tablename__ = "webhook_attempts"
    guard = BusinessRows(audit=None, prunable=True)
    __table_args__ = (
        tenant_key("webhook_deliveries", "delivery_id"),
        Index("uq_webhook_attempts_number", "business_id", "delivery_id", "number", unique=True),
    )

    delivery_id: Mapped[uuid.UUID]
    number: Mapped[int] = mapped_column(Integer)
    url: Mapped[str]
    headers: Mapped[dict[str, Any]]
    http_status: Mapped[int | None] = mapped_column(Integer, default=None)
    answer_headers: Mapped[dict[str, Any]]
    answer: Mapped[str]
    error: Mapped[str | None] = mapped_column(default=None)
    duration_ms: Mapped[int] = mapped_column(Integer)


class InboundEvent(Tenant, Base):
    """What a system outside said about one of our objects: `kind` says of which and who handles it, `external_id` is
    the sender's. It is applied, ignored (it changes nothing any more, and `reason` says why), and may be replayed."""

    __tablename__ = "inbound_events"
    noun = "inbound event"
    guard = BusinessRows(audit=None)
    __table_args__ = (
        CheckConstraint("verdict IN ('applied', 'ignored')", name="verdict"),
        CheckConstraint("replay_count >= 0 AND (replay_count > 0) = (replayed_at IS NOT NULL)", name="replayed"),
        Index("uq_inbound_events_external", "business_id", "kind", "subject_id", "external_id", unique=True),
        Index("ix_inbound_events_created", "business_id", "created_at", "id"),
    )

    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    external_id: Mapped[str]
    type: Mapped[str]
    payload: Mapped[Mapping[str, Any]] = mapped_column(JSONB)
    actor: Mapped[str]
    verdict: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    replay_count: Mapped[int] = mapped_column(Integer, default=0)
    replayed_at: Mapped[datetime | None] = mapped_column(default=None)
    replayed_by: Mapped[str | None] = mapped_column(default=None)
