"""Where a business is one person's, nobody else could approve wider limits. A waiting time takes their place: begun by
an owner who just showed a second factor, recorded as what it is, and called off by whoever may, until it is over."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from app.core import clock, db, ids, settings, states
from app.core.errors import Conflict
from app.domain.accounts.business import independence
from app.domain.accounts.business.models import Approval
from app.domain.accounts.business.states import APPROVAL, ApprovalStatus
from app.workflow.steps.accounts.principals_of import independent, members_here

# How histories and the books (I76) name a decision that nobody took.
BY_WAITING = "system:waited"
approvals = db.table(Approval)


def is_alone(actor: str) -> bool:
    """Whether, in the open phase, this person owns the business and no other independent owner could approve for it,
    nor could one lately whose ownership another person has ended."""
    user_id = ids.try_parse(actor, "usr")
    facts = members_here()
    own = facts.get(user_id) if user_id is not None else None
    if user_id is None or own is None or not own.owns:
        return False
    known, since = independent(facts.values()), clock.now() - independence.REMEMBERED
    principals = independence.counts_with(own, known, user_id)
    return not any(
        (member.owns and not independence.counts_with(member, known, each) & principals)
        or (member.ownership_ended_at is not None and member.ownership_ended_at > since)
        for each, member in facts.items()
        if each != user_id
    )


def begin_waiting(approval_id: uuid.UUID, *, actor: str) -> None:
    """Start, in the open phase, the wait of a request that was just made: it is carried out when the time is over,
    unless it is cancelled."""
    row = db.first(select(approvals).where(approvals.c.business_id == db.here(), approvals.c.id == approval_id))
    assert row is not None  # it was asked in this phase
    moment = clock.now()
    decision = (
        "No second person was available. The requester verified their identity; the request takes effect after a delay."
    )
    states.advance(
        APPROVAL,
        row,
        ApprovalStatus.APPROVED,
        reason="delay instead of a second person",
        actor=actor,
        decided_by=BY_WAITING,
        decided_at=moment,
        decision=decision,
        not_before=moment + settings.current().second_person_waits,
    )


def call_off(business_id: uuid.UUID, approval_id: uuid.UUID, *, actor: str) -> None:
    """Cancel a waiting request; it is never carried out.

    Raises:
        NotFound: there is none. Conflict: it does not wait, or was decided by somebody.
    """
    with db.phase("widen_alone.call_off", business_id):
        row = db.lock(Approval, approval_id)
        if row.decided_by != BY_WAITING or row.status != ApprovalStatus.APPROVED:
            raise Conflict("version_conflict", "This request is no longer waiting.")
        states.advance(
            APPROVAL, row, ApprovalStatus.FAILED, reason="cancelled", actor=actor, problem="It was cancelled."
        )
