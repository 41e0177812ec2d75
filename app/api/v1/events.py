"""What happened, as a list to be followed."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import DEFAULT_LIMIT, MAX_LIMIT
from app.api.kit.shapes import DIGITS_ONLY, Answer, EventId, Moment, QueryShape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.read.resources import events

# What the ids of a payload are shown as; an id that is not listed is nobody's business outside.
PREFIXES = {
    "order_id": "ord",
    "attempt_id": "att",
    "transaction_id": "txn",
    "refund_id": "rfd",
    "checkout_session_id": "ses",
    "product_id": "prd",
    "delivery_id": "dlv",
    "case_id": "case",
    "coupon_id": "cpn",
    "coupon_template_id": "cpt",
}


class Event(Answer):
    """Something that happened."""

    id: str
    type: Annotated[str, Field(examples=["order.paid"])]
    sequence: Annotated[int, Field(description="1, 2, 3… for each object, without a gap.")]
    created_at: Moment
    data: Annotated[dict[str, Any], Field(description="Ids and amounts; read the objects for the rest.")]


class EventList(Answer):
    """Some events, oldest first."""

    data: list[Event]
    has_more: bool
    next_cursor: Annotated[str | None, Field(description="Pass it as `after` to go on; null when there is nothing.")]


class EventQuery(QueryShape):
    """From where, and which."""

    after: Annotated[EventId | None, Field(description="The last event you have.")] = None
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


def _event(row: Any) -> Event:
    return Event(
        id=show("evt", row.id),
        type=row.topic,
        sequence=row.sequence,
        created_at=moment_text(row.created_at),
        data=_data(row.payload),
    )


def _data(payload: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in payload.items():
        if not name.endswith("_id"):
            shown[name] = value
        elif name in PREFIXES and value is not None:
            shown[name] = show(PREFIXES[name], UUID(value))
    return shown
