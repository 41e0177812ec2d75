"""The test clock of a test business."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, Moment, MomentIn, OneOf, Shape, moment_in, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show
from app.lib.some import some
from app.read.operations import test_clocks as read
from app.workflow.operations import advance_test_clock as advancing
from app.workflow.operations import manage_test_clock


class TestClockAdvance(Shape):
    """Where to."""

    time: Annotated[
        MomentIn,
        Field(description="After the business’s time, by at most 366 days.", examples=["2030-01-31T09:00:00Z"]),
    ]


class TestClock(Answer):
    """The time of a test business, ahead of real time."""

    id: str
    status: Annotated[
        str,
        OneOf(("ready", "advancing", "internal_failure")),
        Field(description="`internal_failure`: it stopped on the way; advance it again to go on."),
    ]
    time: Annotated[Moment, Field(description="The business’s time now; it goes on by itself.")]
    target_time: Annotated[Moment | None, Field(description="Where it is advancing to.")]
    error: Annotated[str, Field(description="Why it stopped on the way; empty when it did not.")]
    created_at: Moment


@v1.get("/test_clocks", query=ListQuery, answer=Page[TestClock], permission="settings.read", tag="Test clocks")
def list_test_clocks(caller: KeyCaller, query: ListQuery) -> Page[TestClock]:
    """List test clocks.

    A test business has one at most, a live one none.
    """
    found = read.find(caller.business_id)
    after = query.after()
    rows = [] if found is None or (after is not None and (found.created_at, found.id) >= after) else [found]
    return page_of(rows, limit=query.limit, item=_clock, key=lambda row: (row.created_at, row.id))


@v1.post(
    "/test_clocks",
    answer=TestClock,
    status=201,
    permission="settings.write",
    idempotent=True,
    tag="Test clocks",
    errors=("test_clock_live", "test_clock_exists"),
)
def create_test_clock(caller: KeyCaller, claim_id: UUID) -> Callable[[], TestClock]:
    """Create the test clock.

    The business keeps real time until you advance the clock.
    """
    made = manage_test_clock.create_test_clock(caller.business_id, actor=caller.actor, clock_id=claim_id)
    return lambda: _clock(read.get(caller.business_id, made))


@v1.get("/test_clocks/{test_clock_id}", answer=TestClock, permission="settings.read", tag="Test clocks")
def get_test_clock(caller: KeyCaller, test_clock_id: str) -> TestClock:
    """Get a test clock."""
    return _clock(read.get(caller.business_id, parse("tcl", test_clock_id)))


@v1.post(
    "/test_clocks/{test_clock_id}/advance",
    body=TestClockAdvance,
    answer=TestClock,
    permission="settings.write",
    tag="Test clocks",
    errors=("test_clock_advancing", "invalid_test_clock_time"),
)
def advance_test_clock(caller: KeyCaller, test_clock_id: str, body: TestClockAdvance) -> TestClock:
    """Advance a test clock.

    Answers at once with `advancing`. Whatever becomes due on the way is done in order of time; then the status is
    `ready`, and `test_clock.ready` is sent.
    """
    known, to = parse("tcl", test_clock_id), some(moment_in(body.time))
    advancing.advance_test_clock(caller.business_id, to, actor=caller.actor, clock_id=known)
    return _clock(read.get(caller.business_id, known))


@v1.delete(
    "/test_clocks/{test_clock_id}",
    status=204,
    permission="settings.write",
    tag="Test clocks",
    errors=("test_clock_moved",),
)
def delete_test_clock(caller: KeyCaller, test_clock_id: str) -> None:
    """Delete a test clock that was never advanced."""
    manage_test_clock.delete_test_clock(caller.business_id, parse("tcl", test_clock_id))


def _clock(row: read.ClockNow) -> TestClock:
    return TestClock(
        id=show("tcl", row.id),
        status=row.status,
        time=moment_text(row.now),
        target_time=moment_text(row.target_at),
        error=row.error,
        created_at=moment_text(row.created_at),
    )
