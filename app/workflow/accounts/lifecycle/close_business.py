"""A business closes for good. An owner asks for it, another person approves, and after a waiting time in which it can
be cancelled it sells nothing any more; refunds, payouts of what it owes and everything else go on. Where nobody else
could approve, its owner may decide alone (decide_alone.py)."""

from __future__ import annotations

import uuid

from sqlalchemy import and_, or_, select, update

from app.core import clock, db, ids, states
from app.core.errors import Conflict, Denied, Invalid
from app.core.ids import new_id
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.accounts.business.models import Approval, Business, Membership
from app.domain.accounts.business.states import APPROVAL, ApprovalStatus
from app.workflow.steps.accounts import request_approval
from app.workflow.steps.accounts.tell_owners import tell_owners

KIND = "closure"
CANCELLED = (KIND, "business_erasure")
MAX_REASON = 500
approvals, businesses, members = db.table(Approval), db.table(Business), db.table(Membership)


def request_closure(business_id: uuid.UUID, *, reason: str, actor: str) -> ApprovalNeeded:
    """Ask for the business to be closed; the error that names the approval. While one waits, that one.

    Raises:
        Invalid: no reason. Denied: `actor` is no owner themselves. Conflict: it is closed already.
    """
    why = " ".join(reason.split())[:MAX_REASON]
    if not why:
        raise Invalid("invalid_parameter", "Enter a reason.", details={"param": "reason"})
    with db.phase("close_business.request", business_id):
        _check_owner(actor)
        if db.scalar(select(businesses.c.closed_at).where(businesses.c.id == db.here())) is not None:
            raise Conflict("business_closed", "This business is closed already.")
        approval_id = _open()
        if approval_id is None:
            approval_id = request_approval.request(KIND, new_id(), actor=actor, reason=why, payload={})
    return request_approval.approval_required(approval_id, "Closing the business")


def carry_out_closure(business_id: uuid.UUID, approval: Approval) -> None:
    """Close the business, as was approved. Safe to call again."""
    with db.system_phase("close_business.close"):
        row = db.first(select(businesses).where(businesses.c.id == business_id).with_for_update())
        assert row is not None  # the approval is its own
        if row.closed_at is None:
            db.write(update(Business).where(Business.id == business_id).values(closed_at=clock.actual()), expect=1)
            tell_owners(row, "closed", approval.reason)


def cancel_closure(business_id: uuid.UUID, approval_id: uuid.UUID, *, actor: str) -> None:
    """Cancel an approved closure, or erasure of the business, before its time; nothing is changed.

    Raises:
        NotFound: there is none. Conflict: it does not wait.
    """
    with db.phase("close_business.cancel", business_id):
        row = db.lock(Approval, approval_id)
        is_over = row.not_before is not None and row.not_before <= clock.actual()
        if row.kind not in CANCELLED or row.status != ApprovalStatus.APPROVED or is_over:
            raise Conflict("version_conflict", "This request is no longer waiting.")
        states.advance(
            APPROVAL, row, ApprovalStatus.FAILED, reason="cancelled", actor=actor, problem="It was cancelled."
        )


def _open() -> uuid.UUID | None:
    waits = and_(approvals.c.status == ApprovalStatus.REQUESTED, approvals.c.expires_at > clock.actual())
    still = or_(approvals.c.status == ApprovalStatus.APPROVED, waits)
    query = select(approvals.c.id).where(approvals.c.business_id == db.here(), approvals.c.kind == KIND, still)
    found: uuid.UUID | None = db.scalar(query.limit(1))
    return found


def _check_owner(actor: str) -> None:
    own = members.c.business_id == db.here(), members.c.user_id == ids.try_parse(actor, "usr")
    if db.scalar(select(members.c.role).where(*own, members.c.left_at.is_(None))) != "owner":
        raise Denied("denied", "Only an owner of the business can do this.")
