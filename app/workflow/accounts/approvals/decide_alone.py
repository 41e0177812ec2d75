"""Where a business is one person's, nobody else could decide. A waiting time takes the second person's place: begun by
an owner who just showed a second factor, recorded as what it is, told to them by mail, and called off by whoever may
until it is over. Whoever can decide by then makes it an ordinary request again."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select

from app.core import clock, db, ids, states
from app.core.errors import Conflict, Denied
from app.core.ids import show
from app.core.money import format_money
from app.domain.accounts.business import independence, rules
from app.domain.accounts.business.errors import ApprovalRefused
from app.domain.accounts.business.models import Approval, Business, User
from app.domain.accounts.business.states import APPROVAL, ApprovalStatus
from app.domain.accounts.business.types import APPROVED_WITH
from app.domain.accounts.people.rules import REAUTHENTICATION_LASTS
from app.lib.some import some
from app.workflow.steps.accounts.access_of import access_of
from app.workflow.steps.accounts.principals_of import OPERATOR, independent, members_here
from app.workflow.steps.accounts.waiting_time import WAITS, waits_of
from app.workflow.steps.notifications.queue_user_mail import queue
from app.workflow.steps.operations import due

# How histories and the books (I76) name a decision that nobody else took.
BY_WAITING = "system:waited"
BATCH = 100
REMINDED_BEFORE = timedelta(hours=1)
_DECISION = "No second person was available. An owner verified their identity; the request takes effect after a delay."
_SECOND_PERSON = "Somebody else can decide this now, so it waits for them."
approvals = db.table(Approval)


def decide_alone(business_id: uuid.UUID, approval_id: uuid.UUID, *, actor: str, proven_at: datetime | None) -> None:
    """Begin the wait of a request that takes two, in a business of one that has chosen so. `proven_at` is when `actor`
    showed a second factor. A second call changes nothing.

    Raises:
        NotFound: there is none. Denied: no fresh second factor, the business has not chosen so, an operator or a key
        asks, or somebody else could decide. ApprovalRefused: it was decided, or is too late.
    """
    with db.phase("decide_alone.decide", business_id):
        row = db.lock(Approval, approval_id)
        if row.decided_alone_by == actor and row.status == ApprovalStatus.APPROVED:
            return
        if row.status != ApprovalStatus.REQUESTED or row.expires_at <= clock.actual():
            status = ApprovalStatus.EXPIRED if row.status == ApprovalStatus.REQUESTED else row.status
            raise ApprovalRefused("approval_refused", f"This request is already {status}; nothing was changed.")
        check_proof(proven_at)
        check_alone(row, actor)
        begin_waiting(row, actor=actor, proven_at=some(proven_at))


def check_proof(proven_at: datetime | None) -> None:
    """Raises Denied without a second factor that was shown a moment ago."""
    if proven_at is None or proven_at < clock.actual() - REAUTHENTICATION_LASTS:
        raise Denied("second_factor_needed", "Set up a second factor and verify your identity with it first.")


def check_alone(row: Approval, actor: str) -> None:
    """Raises Denied where `may_decide_alone` says no."""
    if not may_decide_alone(row, actor):
        raise Denied("not_alone", "Somebody else can decide this, or your business has not chosen to decide alone.")


def is_chosen(business_id: uuid.UUID, actor: str) -> bool:
    """Whether this person owns the business alone, and it has chosen that they decide alone."""
    with db.reading(business_id):
        return _chosen()[0] and is_alone(actor)


def is_offered(business_id: uuid.UUID, approval_id: uuid.UUID, *, actor: str) -> bool:
    """Whether this person may begin the wait of the request now, once they have shown a second factor."""
    with db.reading(business_id):
        row = db.get(Approval, approval_id)
        return row.status == ApprovalStatus.REQUESTED and may_decide_alone(row, actor)


def may_decide_alone(row: Approval, actor: str) -> bool:
    """In the open phase: whether nobody but this owner could decide the request, and the business has chosen that they
    then do. Wider limits need no choice: else who is alone could never choose."""
    chosen, _ = _chosen()
    return (chosen or row.kind == "limits") and not _others_could(row, actor)


def is_alone(actor: str) -> bool:
    """Whether, in the open phase, this person owns the business and no other independent owner could approve for it,
    nor could one lately whose ownership another person has ended."""
    user_id = ids.try_parse(actor, "usr")
    facts = members_here()
    own = facts.get(user_id) if user_id is not None else None
    if user_id is None or own is None or not own.owns:
        return False
    known, since = independent(facts.values()), clock.actual() - independence.REMEMBERED
    principals = independence.counts_with(own, known, user_id)
    return not any(
        (member.owns and not independence.counts_with(member, known, each) & principals)
        or (member.ownership_ended_at is not None and member.ownership_ended_at > since)
        for each, member in facts.items()
        if each != user_id
    )


def begin_waiting(row: Approval, *, actor: str, proven_at: datetime) -> None:
    """Start, in the open phase, the wait of a request: it is carried out when the time is over, unless it is
    cancelled or somebody who can decide has come by then."""
    moment, (_, hours) = clock.actual(), _chosen()
    waits = timedelta(hours=hours)
    if row.kind in WAITS:
        waits = max(waits, waits_of(row.kind))
    states.advance(
        APPROVAL,
        row,
        ApprovalStatus.APPROVED,
        reason="delay instead of a second person",
        actor=actor,
        decided_by=BY_WAITING,
        decided_at=moment,
        decision=_DECISION,
        not_before=moment + waits,
        decided_alone_by=actor,
        second_factor_at=proven_at,
    )
    _tell(row, actor, moment + waits, is_reminder=False)


def is_still_alone(business_id: uuid.UUID, approval_id: uuid.UUID) -> bool:
    """When the time is over: whether it is carried out now. Otherwise it is an ordinary request from here on. What was
    said once stays said, so that a process that dies in between is followed by another one."""
    with db.phase("decide_alone.check", business_id):
        row = db.lock(Approval, approval_id)
        if row.decided_alone_by is None or row.status != ApprovalStatus.APPROVED or row.alone_checked_at is not None:
            return row.status == ApprovalStatus.APPROVED
        if may_decide_alone(row, row.decided_alone_by):
            db.write(db.change(Approval, row.id, alone_checked_at=clock.actual()), expect=1)
            return True
        states.advance(
            APPROVAL,
            row,
            ApprovalStatus.REQUESTED,
            reason=_SECOND_PERSON,
            actor="system",
            decision="",
            expires_at=clock.actual() + rules.APPROVAL_LASTS,
            decided_by=None,
            decided_at=None,
            not_before=None,
            decided_alone_by=None,
            second_factor_at=None,
            reminded_at=None,
        )
    return False


def call_off(business_id: uuid.UUID, approval_id: uuid.UUID, *, actor: str) -> None:
    """Cancel a waiting request; it is never carried out.

    Raises:
        NotFound: there is none. Conflict: it does not wait, was decided by somebody, or is being carried out.
    """
    with db.phase("decide_alone.call_off", business_id):
        row = db.lock(Approval, approval_id)
        if row.decided_by != BY_WAITING or row.status != ApprovalStatus.APPROVED or row.alone_checked_at is not None:
            raise Conflict("version_conflict", "This request is no longer waiting.")
        states.advance(
            APPROVAL,
            row,
            ApprovalStatus.FAILED,
            reason="cancelled",
            actor=actor,
            problem="It was cancelled.",
            secrets={},
        )


def remind_due() -> int:
    """Write to those whose requests take effect soon; how many. Safe to run concurrently."""
    return due.process(_due, _remind)


def _chosen() -> tuple[bool, int]:
    """In the open phase: whether the business has chosen to decide alone, and after how many hours."""
    row = db.first(select(Business.decides_alone, Business.alone_waits_h).where(Business.id == db.here()))
    assert row is not None  # whoever acts has a seat there
    return row.decides_alone, row.alone_waits_h


def _others_could(row: Approval, actor: str) -> bool:
    """Whether a second person could decide the request, or nobody may take their place: an operator asked, who has
    an installation full of colleagues."""
    if row.requested_by.startswith(OPERATOR) or not is_alone(actor):
        return True
    facts = members_here()
    known = independent(facts.values())
    own = some(ids.try_parse(actor, "usr"))
    behind = independence.counts_with(facts[own], known, own) | frozenset(row.requester_principals)
    return any(
        not independence.counts_with(member, known, each) & behind and _may_approve(row, show("usr", each))
        for each, member in facts.items()
    )


def _may_approve(row: Approval, actor: str) -> bool:
    access = access_of(actor)
    if APPROVED_WITH[row.kind] not in access.permissions:
        return False
    most = access.most(row.kind, row.currency) if row.currency else None
    return most is None or row.kind not in rules.KINDS or some(row.amount_minor) <= most


def _tell(row: Approval, actor: str, not_before: datetime, *, is_reminder: bool) -> None:
    user_id = some(ids.try_parse(actor, "usr"))
    details = {
        "business_id": str(db.here()),
        "business": db.scalar(select(Business.name).where(Business.id == db.here())),
        "approval_id": str(row.id),
        "what": row.kind,
        "amount": format_money(row.amount_minor, row.currency) if row.amount_minor and row.currency else "",
        "at": not_before.strftime("%Y-%m-%d %H:%M"),
        "actor": actor,
        "is_reminder": is_reminder,
    }
    queue("alone", db.scalar(select(User.email).where(User.id == user_id)), details)


def _due() -> list[tuple[uuid.UUID, uuid.UUID]]:
    """An hour before it takes effect, or half of the wait when that is shorter."""
    moment = clock.actual()
    waits = approvals.c.status == ApprovalStatus.APPROVED, approvals.c.decided_alone_by.is_not(None)
    soon = approvals.c.not_before <= moment + REMINDED_BEFORE, approvals.c.reminded_at.is_(None)
    query = select(approvals).where(*waits, *soon, approvals.c.alone_checked_at.is_(None))
    with db.system_reading():
        rows = db.rows(query.order_by(approvals.c.not_before).limit(BATCH))
    return [(row.business_id, row.id) for row in rows if _remind_at(row) <= moment]


def _remind_at(row: Approval) -> datetime:
    until, since = some(row.not_before), some(row.decided_at)
    return until - min(REMINDED_BEFORE, (until - since) / 2)


def _remind(business_id: uuid.UUID, approval_id: uuid.UUID) -> bool:
    with db.phase("decide_alone.remind", business_id):
        row = db.lock(Approval, approval_id)
        if row.status != ApprovalStatus.APPROVED or row.decided_alone_by is None or row.reminded_at is not None:
            return False
        db.write(db.change(Approval, row.id, reminded_at=clock.actual()), expect=1)
        _tell(row, row.decided_alone_by, some(row.not_before), is_reminder=True)
        return True
