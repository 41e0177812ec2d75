"""The columns every tenant's table has, and core's own tables."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core import context
from app.core.clock import actual, now
from app.core.db import Base, Columns, here
from app.core.db.guards import Audit, BusinessRows
from app.core.ids import new_id

Base.registry.update_type_annotation_map(
    {
        uuid.UUID: UUID(as_uuid=True),
        datetime: DateTime(timezone=True),
        str: Text,
        int: BigInteger,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        bytes: LargeBinary,
    }
)


class Tenant(Columns):
    """A row of one business: the key begins with the business, so no row can point into another."""

    business_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=here)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(default=now)


def tenant_columns() -> list[Column[Any]]:
    """The same columns for a migration; they come first, since what has one size is quicker to read there."""
    return [
        Column("business_id", UUID(), primary_key=True),
        Column("id", UUID(), primary_key=True),
        Column("created_at", DateTime(timezone=True), nullable=False),
    ]


def tenant_key(table: str, column: str) -> ForeignKeyConstraint:
    """A foreign key that carries the business: (business_id, column) → table."""
    return ForeignKeyConstraint(["business_id", column], [f"{table}.business_id", f"{table}.id"])


_NOT_FANNED_OUT = "listener_ids IS NOT NULL AND fanned_out_at IS NULL"


class EventListener(Tenant, Base):
    """Who outside wants to hear of which topics: names, `order.*` for all of an object's, `*` for all."""

    __tablename__ = "event_listeners"
    guard = BusinessRows(audit=None, prunable=True)

    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))


class EventStatus(StrEnum):
    """Where an event stands: due until every handler has had it, or set aside after too many tries."""

    PENDING = "pending"
    DONE = "done"
    DEAD = "dead"


class OutboxEvent(Tenant, Base):
    """An event, written in the phase that caused it; due until every handler has had it. `listener_ids` are the
    endpoints that subscribed to it at that moment; `fanned_out_at` is when a delivery was written for each of them."""

    __tablename__ = "outbox_events"
    noun = "event"
    guard = BusinessRows(audit=Audit(ignored=("due_at",), only="UPDATE", where="OLD.status = 'dead'"))
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'done', 'dead')", name="status"),
        Index("uq_outbox_events_sequence", "business_id", "aggregate_id", "sequence", unique=True),
        Index("ix_outbox_events_due", "business_id", "due_at", postgresql_where="status = 'pending'"),
        Index("ix_outbox_events_dead", "business_id", "created_at", "id", postgresql_where="status = 'dead'"),
        Index("ix_outbox_events_not_fanned_out", "business_id", "id", postgresql_where=_NOT_FANNED_OUT),
    )

    topic: Mapped[str]
    aggregate_id: Mapped[uuid.UUID]
    sequence: Mapped[int]
    payload: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(default="pending")
    due_at: Mapped[datetime] = mapped_column(default=actual)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(default=None)
    listener_ids: Mapped[list[uuid.UUID] | None] = mapped_column(ARRAY(UUID(as_uuid=True)), default=None)
    fanned_out_at: Mapped[datetime | None] = mapped_column(default=None)
    # Of the call that caused it, however long ago (see core/context).
    request_id: Mapped[uuid.UUID | None] = mapped_column(default=context.request)


class HandledEvent(Base):
    """A handler has had an event; committed together with what it did."""

    __tablename__ = "handled_events"
    guard = BusinessRows(audit=None)
    __table_args__ = (tenant_key("outbox_events", "event_id"),)

    business_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=here)
    event_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    handler: Mapped[str] = mapped_column(primary_key=True)
    handled_at: Mapped[datetime]


class IdempotencyKey(Tenant, Base):
    """One answered (or still running) request of a caller; kept at least a day. `claimed_by` works on it, until
    `claimed_until` by the database's clock unless that is renewed."""

    __tablename__ = "idempotency_keys"
    guard = BusinessRows(audit=None, prunable=True)
    __table_args__ = (Index("uq_idempotency_keys_key", "business_id", "route", "key", unique=True),)

    route: Mapped[str]
    key: Mapped[str]
    body_hash: Mapped[str]
    claimed_until: Mapped[datetime | None] = mapped_column(default=None)
    claimed_by: Mapped[uuid.UUID | None] = mapped_column(default=None)
    http_status: Mapped[int | None] = mapped_column(Integer, default=None)
    answer: Mapped[dict[str, Any] | None] = mapped_column(default=None)


class StateChange(Tenant, Base):
    """One step of one row of one machine; together they replay to the present state."""

    __tablename__ = "state_changes"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (Index("uq_state_changes_row", "business_id", "row_id", "version", unique=True),)

    machine: Mapped[str]
    row_id: Mapped[uuid.UUID]
    from_state: Mapped[str | None] = mapped_column(default=None)
    to_state: Mapped[str]
    version: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str]
    actor: Mapped[str]
    # Of the request that caused it (context.tag_of): an order has so many steps that whole ids would be felt.
    request_tag: Mapped[bytes | None] = mapped_column(default=None)


class AuditEntry(Tenant, Base):
    """Who changed what: written by the database in the transaction that changed it (see guards.Audit), and
    never again. `id` and `created_at` are the database's own, so that entries can be sealed in their order."""

    __tablename__ = "audit_entries"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (
        CheckConstraint("action IN ('created', 'changed', 'removed')", name="action"),
        Index("ix_audit_entries_actor", "business_id", "actor", "id"),
        Index("ix_audit_entries_subject", "business_id", "subject_id", "id"),
        Index("ix_audit_entries_table", "business_id", "subject_table", "id"),
    )

    actor: Mapped[str]
    address: Mapped[str]
    request_id: Mapped[str]
    action: Mapped[str]
    subject_table: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    # Of what it said before a buyer was erased in it; its seal still fits.
    erased_hash: Mapped[str | None] = mapped_column(default=None)


class AuditSeal(Tenant, Base):
    """All entries after the seal before it, up to `through_id`: how many, their hash chained to the seal before, and a
    signature by a key that is not in the database."""

    __tablename__ = "audit_seals"
    guard = BusinessRows(audit=None, append_only=True)
    __table_args__ = (Index("uq_audit_seals_number", "business_id", "number", unique=True),)

    number: Mapped[int]
    through_id: Mapped[uuid.UUID]
    entries: Mapped[int]
    hash: Mapped[str]
    signature: Mapped[str]
