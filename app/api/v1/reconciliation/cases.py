"""Cases: what needs a person."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.kit.pagination import ListQuery, Page, page_of
from app.api.kit.shapes import (
    ID_PATTERN,
    Answer,
    AnyAmountMinor,
    Currency,
    Moment,
    MomentIn,
    OneOf,
    OrderId,
    Sentence,
    Shape,
    moment_in,
    moment_text,
)
from app.api.v1.api import KeyCaller, v1
from app.core.errors import Denied
from app.core.ids import parse, show, try_parse
from app.domain.reconciliation.kinds import KINDS, kind_of
from app.domain.reconciliation.states import CaseStatus
from app.read.reconciliation import cases
from app.workflow.reconciliation import manage_cases, mend_case
from app.workflow.reconciliation.manage_cases import MAX_COMMENT
from app.workflow.reconciliation.mends import MENDS

USER = "usr_01jd3w8n2q4zt5b7yk2hc5e4rv"
Kind = Annotated[str, OneOf(tuple(KINDS))]
MendKey = Annotated[str, OneOf(tuple(MENDS))]
UserId = Annotated[str, Field(pattern=f"^usr_{ID_PATTERN}$", examples=[USER])]


class Activity(Answer):
    """What was done about a case."""

    id: str
    action: Annotated[str, OneOf(("comment", "assigned", "snoozed", "mended", "escalated"))]
    body: str
    actor: str
    created_at: Moment


class Case(Answer):
    """Something that needs a person, until it is resolved."""

    id: str
    kind: Annotated[str, Field(description="One of the kinds in the how-to; there may be new ones.")]
    title: str
    text: Annotated[str, Field(description="What happened, and what resolves it without anybody.")]
    status: Annotated[str, OneOf(CaseStatus)]
    level: Annotated[str, OneOf(("warning", "urgent"))]
    amount_minor: Annotated[AnyAmountMinor | None, Field(description="The money at risk; null if not known.")]
    currency: Currency | None
    subject_id: Annotated[str | None, Field(description="What it is about: an attempt, an event, a delivery…")]
    order_id: str | None
    assignee: Annotated[str | None, Field(description="The user who is responsible.")]
    snoozed_until: Moment | None
    escalation: Annotated[int, Field(description="How often it was raised again.")]
    mends: Annotated[list[MendKey], Field(description="Actions for this kind; a dry run says what each would do.")]
    created_at: Moment
    resolved_at: Moment | None
    resolved_by: Annotated[str | None, Field(description="`system` if it was resolved by itself.")]
    resolution: str


class CaseDetail(Case):
    """A case with what was done about it."""

    activities: Annotated[list[Activity], Field(description="Newest first, at most 200.")]


class CaseQuery(ListQuery):
    """What a list of cases may be narrowed by."""

    status: Annotated[str, OneOf(CaseStatus)] | None = None
    kind: Kind | None = None
    assignee: UserId | None = None
    order_id: OrderId | None = None


class AssignRequest(Shape):
    """Who is responsible for a case."""

    assignee: Annotated[UserId | None, Field(description="A user of the team; null for nobody.")]


class SnoozeRequest(Shape):
    """Until when a case is out of the inbox."""

    until: Annotated[
        MomentIn | None,
        Field(description="At most 90 days from now; null ends the snooze.", examples=["2026-06-01T09:00:00.000Z"]),
    ]


class CommentRequest(Shape):
    """What was found out."""

    body: Annotated[str, Field(min_length=1, max_length=MAX_COMMENT, examples=["The bank confirms the transfer."])]


class ResolveRequest(Shape):
    """Why nothing is left to do."""

    reason: Sentence


class MendRequest(Shape):
    """An action that would mend a case."""

    mend: MendKey
    reason: Sentence
    dry_run: Annotated[bool, Field(description="Only say what it would do.")] = False


class MendResult(Answer):
    """What a mend did, or would do."""

    mend: MendKey
    text: str
    is_possible: Annotated[bool, Field(description="Whether there is something to do.")]
    amount_minor: Annotated[AnyAmountMinor | None, Field(description="The money that it moves.")]
    currency: Currency | None


@v1.get("/cases", query=CaseQuery, answer=Page[Case], permission="cases.read", tag="Cases")
def list_cases(caller: KeyCaller, query: CaseQuery) -> Page[Case]:
    """List cases.

    Newest first, snoozed ones included.
    """
    found = cases.list_cases(
        caller.business_id,
        status=query.status,
        kind=query.kind,
        assignee_id=None if query.assignee is None else parse("usr", query.assignee),
        order_id=None if query.order_id is None else parse("ord", query.order_id),
        after=query.after(),
        limit=query.limit,
    )
    urgent = cases.urgent_kinds(caller.business_id)
    return page_of(
        found, limit=query.limit, item=lambda row: _case(row, urgent), key=lambda row: (row.created_at, row.id)
    )


@v1.get("/cases/{case_id}", answer=CaseDetail, permission="cases.read", tag="Cases")
def get_case(caller: KeyCaller, case_id: str) -> CaseDetail:
    """Get a case."""
    return _detail(caller, parse("case", case_id))


@v1.post(
    "/cases/{case_id}/assign",
    body=AssignRequest,
    answer=CaseDetail,
    permission="cases.write",
    tag="Cases",
    errors=("not_found", "unknown_member", "case_resolved", "version_conflict"),
)
def assign_case(caller: KeyCaller, case_id: str, body: AssignRequest) -> CaseDetail:
    """Assign a case.

    Makes a person responsible, or nobody.
    """
    known = parse("case", case_id)
    user = None if body.assignee is None else try_parse(body.assignee, "usr")
    manage_cases.assign(caller.business_id, known, user, actor=caller.actor)
    return _detail(caller, known)


@v1.post(
    "/cases/{case_id}/snooze",
    body=SnoozeRequest,
    answer=CaseDetail,
    permission="cases.write",
    tag="Cases",
    errors=("not_found", "invalid_time", "case_resolved", "version_conflict"),
)
def snooze_case(caller: KeyCaller, case_id: str, body: SnoozeRequest) -> CaseDetail:
    """Snooze a case.

    It is out of the inbox until then, and is resolved by itself as before.
    """
    known = parse("case", case_id)
    manage_cases.snooze(caller.business_id, known, moment_in(body.until), actor=caller.actor)
    return _detail(caller, known)


@v1.post(
    "/cases/{case_id}/comments",
    body=CommentRequest,
    answer=CaseDetail,
    status=201,
    permission="cases.write",
    tag="Cases",
    errors=("not_found", "invalid_comment", "version_conflict"),
)
def comment_case(caller: KeyCaller, case_id: str, body: CommentRequest) -> CaseDetail:
    """Comment on a case.

    Open or resolved.
    """
    known = parse("case", case_id)
    manage_cases.comment(caller.business_id, known, body.body, actor=caller.actor)
    return _detail(caller, known)


@v1.post(
    "/cases/{case_id}/resolve",
    body=ResolveRequest,
    answer=CaseDetail,
    permission="cases.write",
    tag="Cases",
    errors=("not_found", "reason_needed", "case_resolved", "version_conflict"),
)
def resolve_case(caller: KeyCaller, case_id: str, body: ResolveRequest) -> CaseDetail:
    """Resolve a case.

    For what is mended outside, or needs nothing. The same is not opened again while it lasts.
    """
    known = parse("case", case_id)
    manage_cases.resolve(caller.business_id, known, reason=body.reason, actor=caller.actor)
    return _detail(caller, known)


@v1.post(
    "/cases/{case_id}/mends",
    body=MendRequest,
    answer=MendResult,
    permission="cases.write",
    idempotent=True,
    tag="Cases",
    errors=(
        *("not_found", "reason_needed", "nothing_to_mend", "denied", "approval_needed", "approval_refused"),
        *(
            "illegal_state",
            "already_requested",
            "key_without_person",
            "not_refundable",
            "payment_disputed",
            "refund_exceeds_rest",
        ),
        *("invalid_amount", "version_conflict", "nothing_open", "review_over", "payment_in_progress"),
        *("too_many_risk_entries",),
    ),
)
def mend_case_by_action(caller: KeyCaller, case_id: str, body: MendRequest, claim_id: UUID) -> Callable[[], MendResult]:
    """Run a mend.

    The key needs the permission of the action as well, such as `refunds.write` for a refund. Above the limits, and for
    manual transitions, a second person approves it first.
    """
    known, action = parse("case", case_id), MENDS[body.mend]
    if not caller.may(action.permission):
        raise Denied("denied", f"This needs the permission {action.permission}.")
    offer = mend_case.look(caller.business_id, known, body.mend)
    money, text = offer.look.money, offer.look.text
    if not body.dry_run:
        about = {"reason": body.reason, "actor": caller.actor}
        text = mend_case.mend(caller.business_id, known, body.mend, mend_id=claim_id, **about)
    return lambda: MendResult(
        mend=body.mend,
        text=text,
        is_possible=offer.look.is_possible,
        amount_minor=money.minor if money else None,
        currency=money.currency if money else None,
    )


def _detail(caller: KeyCaller, case_id: UUID) -> CaseDetail:
    row = cases.get_case(caller.business_id, case_id)
    done = cases.activities_of(caller.business_id, case_id)
    return CaseDetail(
        **_case(row, cases.urgent_kinds(caller.business_id)).model_dump(),
        activities=[
            Activity(
                id=show("cac", each.id),
                action=each.action,
                body=each.body,
                actor=each.actor,
                created_at=moment_text(each.created_at),
            )
            for each in done
        ],
    )


def _case(row: cases.CaseRow, urgent: frozenset[str]) -> Case:
    kind = kind_of(row.kind)
    return Case(
        id=show("case", row.id),
        kind=row.kind,
        title=kind.title,
        text=f"{kind.says} {kind.closes}".strip(),
        status=row.status,
        level="urgent" if row.kind in urgent else "warning",
        amount_minor=row.amount_minor,
        currency=row.currency,
        subject_id=cases.shown_subject(row),
        order_id=show("ord", row.order_id) if row.order_id else None,
        assignee=show("usr", row.assignee_id) if row.assignee_id else None,
        snoozed_until=moment_text(row.snoozed_until),
        escalation=row.escalation,
        mends=list(kind.mends),
        created_at=moment_text(row.created_at),
        resolved_at=moment_text(row.resolved_at),
        resolved_by=row.resolved_by,
        resolution=row.resolution,
    )
