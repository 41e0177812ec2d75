"""What waits for somebody else's approval, and what was decided."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from app.core import clock, db, paging, settings
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
approvals, businesses = db.table(Approval), db.table(Business)
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


def waiting_for(business_id: uuid.UUID, *row_ids: uuid.UUID) -> dict[uuid.UUID, uuid.UUID]:
    """Transfers and payment orders among these that an approval waits for, with its id."""
    row_id = approvals.c.payload["row_id"].astext
    query = select(approvals).where(
        approvals.c.business_id == business_id,
        approvals.c.status.in_((ApprovalStatus.REQUESTED, ApprovalStatus.APPROVED)),
        row_id.in_([str(each) for each in row_ids]),
    )
    with db.reading(business_id):
        return {uuid.UUID(row.payload["row_id"]): row.id for row in db.rows(query.limit(100))}


def waiting(business_id: uuid.UUID) -> int:
    """How many wait for a decision, counted up to 100."""
    query = select(approvals.c.id).where(
        approvals.c.business_id == business_id, approvals.c.status == ApprovalStatus.REQUESTED
    )
    with db.reading(business_id):
        return int(db.scalar(select(func.count()).select_from(query.limit(100).subquery())))


@dataclass(frozen=True)
class Rules:
    """What takes two people, and after how many hours its only owner decides alone, where they do."""

    limits: dict[str, dict[str, int]]
    channels_need_approval: bool
    decides_alone: bool
    alone_waits_h: int

    @property
    def seen(self) -> str:
        """What a form of the limits is known by that is drawn from these: see set_approval_limits."""
        return rules.fingerprint(
            self.limits,
            channels_need_approval=self.channels_need_approval,
            decides_alone=self.decides_alone,
            alone_waits_h=self.alone_waits_h,
        )


def rules_of(business_id: uuid.UUID) -> Rules:
    """The rules of approvals as they are now."""
    with db.reading(business_id):
        row = db.first(select(businesses).where(businesses.c.id == business_id))
    assert row is not None  # whoever acts has a seat there
    return Rules(row.approval_limits, row.channels_need_approval, row.decides_alone, row.alone_waits_h)


def waiting_closure(business_id: uuid.UUID, kind: str = "closure") -> uuid.UUID | None:
    """The approval by which this business would close, or with `business_erasure` be erased, while it is open."""
    open_ = approvals.c.status.in_((ApprovalStatus.REQUESTED, ApprovalStatus.APPROVED))
    still = or_(approvals.c.status == ApprovalStatus.APPROVED, approvals.c.expires_at > clock.actual())
    query = select(approvals.c.id).where(approvals.c.business_id == business_id, approvals.c.kind == kind)
    with db.reading(business_id):
        found: uuid.UUID | None = db.scalar(query.where(open_, still).limit(1))
    return found


def hours_until_wider() -> int:
    """How many hours wider limits wait once they are approved."""
    return round(settings.current().second_person_waits.total_seconds() / 3600)


def limits(business_id: uuid.UUID) -> dict[str, dict[str, int]]:
    """From how much money on somebody else is needed: kind → currency → minor units."""
    with db.reading(business_id):
        found: dict[str, dict[str, int]] = db.scalar(select(Business.approval_limits).where(Business.id == business_id))
    return found
