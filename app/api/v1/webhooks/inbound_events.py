"""What your systems said about our objects: kept, shown and replayed."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, Moment, OneOf, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show, try_parse
from app.domain.webhooks.states import InboundVerdict
from app.read.webhooks import inbound_events as inbound
from app.workflow.operations import accept_inbound_event


class InboundEvent(Answer):
    """An event that a system of yours sent, and what became of it."""

    id: str
    kind: Annotated[str, OneOf(("delivery",))]
    subject_id: Annotated[str, Field(description="What it is about.")]
    external_id: Annotated[str, Field(description="Your ID of the event.")]
    type: str
    payload: dict[str, Any]
    verdict: Annotated[str, OneOf(InboundVerdict)]
    reason: Annotated[str, Field(description="Why it was ignored.")]
    replay_count: int
    created_at: Moment


class InboundQuery(ListQuery):
    """Which inbound events."""

    subject_id: Annotated[str, Field(max_length=60, description="Of one object, such as a delivery.")] | None = None
    verdict: Annotated[str, OneOf(InboundVerdict)] | None = None


@v1.get("/inbound_events", query=InboundQuery, answer=Page[InboundEvent], permission="webhooks.read",
        tag="Inbound events")  # fmt: skip
def list_inbound_events(caller: KeyCaller, query: InboundQuery) -> Page[InboundEvent]:
    """List inbound events.

    Newest first: what your systems said, such as of deliveries that take time.
    """
    found = inbound.list_inbound(
        caller.business_id,
        subject_id=_any_id(query.subject_id),
        verdict=query.verdict,
        after=query.after(),
        limit=query.limit,
    )
    return page_of(found, limit=query.limit, item=inbound_event, key=lambda row: (row.created_at, row.id))


@v1.get("/inbound_events/{inbound_event_id}", answer=InboundEvent, permission="webhooks.read", tag="Inbound events")
def get_inbound_event(caller: KeyCaller, inbound_event_id: str) -> InboundEvent:
    """Get an inbound event."""
    return inbound_event(inbound.get_inbound(caller.business_id, parse("ibe", inbound_event_id)))


@v1.post("/inbound_events/{inbound_event_id}/replay", answer=InboundEvent, permission="webhooks.write",
         tag="Inbound events")  # fmt: skip
def replay_inbound_event(caller: KeyCaller, inbound_event_id: str) -> InboundEvent:
    """Apply an inbound event again.

    As if it came now. What has happened already does not happen twice.
    """
    row_id = parse("ibe", inbound_event_id)
    accept_inbound_event.replay_inbound_event(caller.business_id, row_id, actor=caller.actor)
    return inbound_event(inbound.get_inbound(caller.business_id, row_id))


def inbound_event(row: inbound.InboundRow) -> InboundEvent:
    """A row as it is answered."""
    return InboundEvent(
        id=show("ibe", row.id),
        kind=row.kind,
        subject_id=show(inbound.PREFIXES[row.kind], row.subject_id),
        external_id=row.external_id,
        type=row.type,
        payload=dict(row.payload),
        verdict=row.verdict,
        reason=row.reason,
        replay_count=row.replay_count,
        created_at=moment_text(row.created_at),
    )


def _any_id(text: str | None) -> UUID | None:
    """The id behind a shown one of any kind; for a text that is none, one that nothing has."""
    return None if text is None else try_parse(text) or UUID(int=0)
