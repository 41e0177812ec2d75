"""Inbound events: what systems outside said about our objects, and what became of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from app.core import db, ids, lists
from app.core.lists import Column, Filter, Listing, ListRequest
from app.core.paging import After, Key, newest_first
from app.domain.webhooks.models import InboundEvent
from app.domain.webhooks.states import InboundVerdict

InboundRow = InboundEvent  # for those who show one
PREFIXES = {"delivery": "dlv"}
VIEWS = {"all": "All", InboundVerdict.APPLIED: "Applied", InboundVerdict.IGNORED: "Ignored"}
events = db.table(InboundEvent)


def read(request: ListRequest, after: Key | None, limit: int) -> Sequence[InboundEvent]:
    """Events that were asked for, behind `after`."""
    statement = select(events).where(events.c.business_id == request.business_id, *_conditions(request))
    with db.reading(request.business_id):
        return db.rows(request.in_order(statement, events.c.created_at, events.c.id, after, limit))


def list_inbound(
    business_id: uuid.UUID, *, subject_id: uuid.UUID | None, verdict: str | None, after: After, limit: int
) -> list[InboundEvent]:
    """Events, newest first, one more than `limit` when there are more; of one object, or of any."""
    statement = select(events).where(events.c.business_id == business_id)
    if subject_id is not None:
        statement = statement.where(events.c.subject_id == subject_id)
    if verdict is not None:
        statement = statement.where(events.c.verdict == verdict)
    with db.reading(business_id):
        return list(db.rows(newest_first(statement, events, after, limit)))


def get_inbound(business_id: uuid.UUID, event_id: uuid.UUID) -> InboundEvent:
    """One event.

    Raises:
        NotFound: the business has no such event.
    """
    with db.reading(business_id):
        return db.get(InboundEvent, event_id)


def _conditions(request: ListRequest) -> list[ColumnElement[bool]]:
    conditions = request.days(events.c.created_at)
    if view := request.text("view"):
        conditions.append(events.c.verdict == view)
    if text := request.text("q"):
        conditions.append(events.c.subject_id == ids.try_parse(text))
    return conditions


def _of(name: str) -> Any:
    return lambda row: getattr(row, name)


INBOUND_EVENTS = lists.add(
    Listing(
        name="inbound_events",
        title="Inbound events",
        permission="webhooks.read",
        views=VIEWS,
        ordered_by="received",
        read=read,
        filters=(
            Filter(key="q", title="About", kind="search", hint="ID of a delivery"),
            Filter(key="from", title="From", kind="from"),
            Filter(key="to", title="To", kind="to"),
        ),
        columns=(
            Column(key="type", title="Type", value=lambda row: f"{row.kind}: {row.type}"),
            Column(key="state", title="State", kind="state", value=lambda row: (row.verdict, None)),
            Column(key="about", title="About", kind="id", value=lambda row: (PREFIXES[row.kind], row.subject_id)),
            Column(key="reason", title="Why", value=_of("reason")),
            Column(key="received", title="Received", kind="when", value=_of("created_at")),
            Column(key="external", title="Sender’s ID", kind="code", value=_of("external_id"), default=False),
            Column(key="replays", title="Replays", kind="number", value=_of("replay_count"), default=False),
            Column(key="event", title="Event", kind="id", value=lambda row: ("ibe", row.id), default=False),
        ),
    )
)
