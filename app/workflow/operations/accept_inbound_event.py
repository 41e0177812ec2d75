"""The one door for what systems outside say about our objects: known by the sender's id, applied once, kept, and
replayed. Who may knock is checked before: an API key, or a signature (see accept_signed)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from app.core import clock, db
from app.core.db import locks
from app.core.errors import Conflict
from app.core.ids import new_id
from app.domain.webhooks.models import InboundEvent
from app.domain.webhooks.types import InboundCommand, Verdict
from app.workflow.fulfilment.take_delivery_event import take_delivery_event

events = db.table(InboundEvent)
Handler = Callable[[uuid.UUID, str, Mapping[str, Any]], Verdict]
# What can be told of, by kind: a handler applies an event of its object in the open phase, whatever came before.
HANDLERS: dict[str, Handler] = {"delivery": take_delivery_event}


def accept_inbound_event(business_id: uuid.UUID, command: InboundCommand, *, actor: str) -> uuid.UUID:
    """Apply and keep an event; the id of its row. The same event again changes nothing and has the same id.

    Raises:
        NotFound: no such object. Conflict: another event of this object had the id.
    """
    event_id = new_id()
    with db.phase("accept_inbound_event.apply", business_id):
        locks.hold(f"inbound|{command.kind}|{command.subject_id}")
        known = db.first(
            select(events).where(
                events.c.business_id == business_id,
                events.c.kind == command.kind,
                events.c.subject_id == command.subject_id,
                events.c.external_id == command.external_id,
            )
        )
        if known is not None:
            if (known.type, known.payload) != (command.type, command.payload):
                raise Conflict("event_id_used", "Another event has this ID. Give each event an ID of its own.")
            return known.id
        verdict = HANDLERS[command.kind](command.subject_id, command.type, command.payload)
        db.add(
            InboundEvent,
            id=event_id,
            kind=command.kind,
            subject_id=command.subject_id,
            external_id=command.external_id,
            type=command.type,
            payload=command.payload,
            actor=actor,
            verdict=verdict.verdict,
            reason=verdict.reason,
        )
    return event_id


def replay_inbound_event(business_id: uuid.UUID, event_id: uuid.UUID, *, actor: str) -> None:
    """Apply a kept event once more, as if it came now: what has happened changes nothing again.

    Raises:
        NotFound: no such event.
    """
    with db.phase("accept_inbound_event.replay", business_id):
        row = db.get(InboundEvent, event_id)
        locks.hold(f"inbound|{row.kind}|{row.subject_id}")
        row = db.lock(InboundEvent, event_id)
        verdict = HANDLERS[row.kind](row.subject_id, row.type, row.payload)
        change = db.change(
            InboundEvent,
            event_id,
            verdict=verdict.verdict,
            reason=verdict.reason,
            replay_count=row.replay_count + 1,
            replayed_at=clock.now(),
            replayed_by=actor,
        )
        db.write(change, expect=1)
