"""What happened, as a list to be followed."""

from typing import Annotated, Any

from pydantic import Field

from app.api.kit.pagination import DEFAULT_LIMIT, MAX_LIMIT
from app.api.kit.shapes import DIGITS_ONLY, Answer, EventId, Moment, QueryShape
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse
from app.domain.webhooks.events import EVENT_TYPES, body_of
from app.read.webhooks import events_resource as events
from app.read.webhooks import webhooks


class Event(Answer):
    """Something that happened."""

    id: str
    type: Annotated[str, Field(examples=["order.paid"])]
    object_id: Annotated[str | None, Field(description="The object whose events `sequence` counts.")]
    sequence: Annotated[int, Field(description="Increases with each event of the object.")]
    created_at: Moment
    data: Annotated[dict[str, Any], Field(description="IDs and amounts; read the objects for details.")]


class EventList(Answer):
    """Some events, oldest first."""

    data: list[Event]
    has_more: bool
    next_cursor: Annotated[str | None, Field(description="Pass as `after` to continue; null if there are no events.")]


class EventTypeAnswer(Answer):
    """A type of events."""

    type: Annotated[str, Field(examples=["order.paid"])]
    description: str
    json_schema: Annotated[dict[str, Any], Field(description="Schema of a full event of this type.")]


class EventTypeList(Answer):
    """Every type of events."""

    data: list[EventTypeAnswer]
    has_more: bool
    next_cursor: str | None


class EventQuery(QueryShape):
    """From where, and which."""

    after: Annotated[EventId | None, Field(description="The last event you received.")] = None
    type: Annotated[str | None, Field(pattern="^[a-z_]{1,40}\\.[a-z_]{1,40}$", description="Only this type.")] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description=f"1 to {MAX_LIMIT}."), DIGITS_ONLY] = DEFAULT_LIMIT


@v1.get("/events", query=EventQuery, answer=EventList, permission="events.read", tag="Events")
def list_events(caller: KeyCaller, query: EventQuery) -> EventList:
    """Follow events.

    Oldest first. An event appears here a second or two after it happened, and then none appears before it: keep the
    last id and ask again with `after`.
    """
    after = parse("evt", query.after) if query.after else None
    found = events.list_events(caller.business_id, after=after, topic=query.type, limit=query.limit)
    shown = [_event(row) for row in found[: query.limit]]
    return EventList(data=shown, has_more=len(found) > query.limit, next_cursor=shown[-1].id if shown else None)


@v1.get("/events/{event_id}", answer=Event, permission="events.read", tag="Events")
def get_event(caller: KeyCaller, event_id: str) -> Event:
    """Get an event.

    The same body that webhooks have.
    """
    return Event(**webhooks.event_body(caller.business_id, parse("evt", event_id)))


@v1.get("/event_types", answer=EventTypeList, permission="events.read", tag="Events")
def list_event_types(caller: KeyCaller) -> EventTypeList:  # noqa: ARG001 (the catalogue is everybody's)
    """List the types of events.

    Each with the JSON schema of its events. New types and new members come without notice; none goes away.
    """
    types = [
        EventTypeAnswer(type=each.topic, description=each.says, json_schema=each.schema)
        for each in EVENT_TYPES.values()
    ]
    return EventTypeList(data=types, has_more=False, next_cursor=None)


def _event(row: events.EventRow) -> Event:
    body = body_of(
        row.id,
        row.topic,
        at=row.created_at,
        payload=row.payload,
        object_id=row.aggregate_id,
        sequence=row.sequence,
    )
    return Event(**body)
