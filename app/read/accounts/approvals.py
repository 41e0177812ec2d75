"""What waits for somebody else's approval, and what was decided."""

from __future__ import annotations

import uuid

from sqlalchemy import func, select

from app.core import db, paging, settings
from app.core.paging import After, newest_first
from app.domain.accounts.business import rules
from app.domain.accounts.business.models import Approval, Business
from app.domain.accounts.business.states import ApprovalStatus

PAGE = 50
STATUSES = (
    ApprovalStatus.REQUESTED,
    ApprovalStatus.APPROVED,
    ApprovalStatus.REJECTED,
    ApprovalStatus.EXPIRED,
    ApprovalStatus.DONE,
    ApprovalStatus.FAILED,
)
approvals = db.table(Approval)
ApprovalRow = Approval  # for those who show one


def list_approvals(business_id: uuid.UUID, *, status: str | None, after: After, limit: int) -> list[Approval]:
    """Approvals, newest first, one more than `limit`."""
    statement = select(approvals).where(approvals.c.business_id == business_id)
    if status:
        statement = statement.where(approvals.c.status == status)
    with db.reading(business_id):
        return list(db.rows(newest_first(statement, approvals, after, limit)))


def page_of_approvals(business_id: uuid.UUID, status: str, *, cursor: str) -> paging.Page[Approval]:
    """A page of the portal's list."""
    found = list_approvals(business_id, status=status or None, after=paging.key_of(cursor), limit=PAGE)
    shown, following = paging.cut(found, PAGE)
    return paging.Page(tuple(shown), following)


def get_approval(business_id: uuid.UUID, approval_id: uuid.UUID) -> Approval:
    """One approval.

    Raises:
        NotFound: the business has no such approval.
    """
    with db.reading(business_id):
        return db.get(Approval, approval_id)


def waiting(business_id: uuid.UUID) -> int:
    """How many wait for a decision, counted up to 100."""
    query = select(approvals.c.id).where(
        approvals.c.business_id == business_id, approvals.c.status == ApprovalStatus.REQUESTED
    )
    with db.reading(business_id):
        return int(db.scalar(select(func.count()).select_from(query.limit(100).subquery())))


def channels_need_approval(business_id: uuid.UUID) -> bool:
    """Whether adding and changing channel accounts takes two people."""
    with db.reading(business_id):
        return bool(db.scalar(select(Business.channels_need_approval).where(Business.id == business_id)))


def hours_until_wider() -> int:
    """How many hours wider limits wait once they are approved."""
    return round(settings.current().second_person_waits.total_seconds() / 3600)


def limits_seen(business_id: uuid.UUID) -> str:
    """What a form of the limits is known by that is drawn now: see set_approval_limits."""
    return rules.fingerprint(limits(business_id), channels_need_approval=channels_need_approval(business_id))


def limits(business_id: uuid.UUID) -> dict[str, dict[str, int]]:
    """From how much money on somebody else is needed: kind → currency → minor units."""
    with db.reading(business_id):
        found: dict[str, dict[str, int]] = db.scalar(select(Business.approval_limits).where(Business.id == business_id))
    return found
