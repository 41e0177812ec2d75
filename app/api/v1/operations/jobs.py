"""What waits to be done, and what was given up."""

from typing import Annotated

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import Answer, Moment, OneOf, Sentence, Shape, moment_text
from app.api.v1.api import KeyCaller, v1
from app.core.ids import parse, show, try_parse
from app.read.operations import backlog
from app.workflow.operations import decide_dead_letters


class WaitingWork(Answer):
    """Work of one kind that waits."""

    name: Annotated[
        backlog.WorkName,
        Field(description="`payments`: pending payments. `deadlines`: unpaid orders."),
    ]
    count: Annotated[int, Field(description="1000 means 1000 or more.")]
    due_since: Annotated[Moment | None, Field(description="Due time of the oldest; null if nothing is due.")]


class Work(Answer):
    """All work that waits."""

    data: list[WaitingWork]


class DeadLetter(Answer):
    """An event that no handler took, or a mail that no server took, after the last try."""

    id: Annotated[str, Field(description="`evt_…` or `mail_…`.")]
    kind: Annotated[str, OneOf(("event", "mail"))]
    what: Annotated[str, Field(description="The event type or the kind of email.", examples=["order.paid"])]
    attempt_count: int
    error: str | None
    created_at: Moment


class DiscardRequest(Shape):
    """Why an event or a mail is left for good."""

    reason: Sentence


@v1.get("/jobs", answer=Work, permission="jobs.read", tag="Jobs")
def get_jobs(caller: KeyCaller) -> Work:
    """Get the work that waits."""
    found = backlog.waiting(caller.business_id)
    return Work(
        data=[WaitingWork(name=each.name, count=each.count, due_since=moment_text(each.due_since)) for each in found]
    )


@v1.get("/dead_letters", query=ListQuery, answer=Page[DeadLetter], permission="jobs.read", tag="Jobs")
def list_dead_letters(caller: KeyCaller, query: ListQuery) -> Page[DeadLetter]:
    """List what was given up.

    Newest first.
    """
    found = backlog.list_dead(caller.business_id, after=query.after(), limit=query.limit)
    return page_of(found, limit=query.limit, item=_letter, key=lambda row: (row.created_at, row.id))


@v1.post("/dead_letters/{dead_letter_id}/retry", answer=DeadLetter, permission="jobs.write", tag="Jobs")
def retry_dead_letter(caller: KeyCaller, dead_letter_id: str) -> DeadLetter:
    """Try again what was given up.

    What an event did before is not done twice. Answers with it as it was.
    """
    mail_id = try_parse(dead_letter_id, "mail")
    if mail_id is not None:
        before = backlog.get_dead(caller.business_id, "mail", mail_id)
        decide_dead_letters.retry_mail(caller.business_id, mail_id)
        return _letter(before)
    event_id = parse("evt", dead_letter_id)
    before = backlog.get_dead(caller.business_id, "event", event_id)
    decide_dead_letters.retry_event(caller.business_id, event_id)
    return _letter(before)


@v1.post(
    "/dead_letters/{dead_letter_id}/discard",
    body=DiscardRequest,
    answer=DeadLetter,
    permission="jobs.write",
    tag="Jobs",
)
def discard_dead_letter(caller: KeyCaller, dead_letter_id: str, body: DiscardRequest) -> DeadLetter:
    """Leave for good what was given up.

    What would have followed from an event does not happen; the buyer of a mail is not written to. Answers with it as
    it was; the audit log keeps the reason.
    """
    mail_id = try_parse(dead_letter_id, "mail")
    if mail_id is not None:
        before = backlog.get_dead(caller.business_id, "mail", mail_id)
        decide_dead_letters.discard_mail(caller.business_id, mail_id, reason=body.reason)
        return _letter(before)
    event_id = parse("evt", dead_letter_id)
    before = backlog.get_dead(caller.business_id, "event", event_id)
    decide_dead_letters.discard_event(caller.business_id, event_id, reason=body.reason)
    return _letter(before)


def _letter(row: backlog.DeadLetter) -> DeadLetter:
    return DeadLetter(
        id=show("evt" if row.kind == "event" else "mail", row.id),
        kind=row.kind,
        what=row.what,
        attempt_count=row.attempt_count,
        error=row.error,
        created_at=moment_text(row.created_at),
    )
