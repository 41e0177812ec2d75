"""What people do with cases: assign, snooze, comment, resolve."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select

from app.core import clock, db, ids
from app.core.db import retry
from app.core.errors import Conflict, Invalid
from app.domain.accounts.business.models import Membership
from app.domain.reconciliation import service
from app.domain.reconciliation.models import Case
from app.domain.reconciliation.states import CaseStatus

MAX_COMMENT, MAX_REASON = 2000, 200
MAX_SNOOZE = timedelta(days=90)


def assign(
    business_id: uuid.UUID, case_id: uuid.UUID, user_id: uuid.UUID | None, *, actor: str, seen: int | None = None
) -> None:
    """Make somebody of the team responsible for an open case, or nobody. `seen` is the case's revision that was
    looked at, if any.

    Raises:
        NotFound: there is no such case. Invalid: the person is not in the team. Conflict: it is resolved, or was
        changed since.
    """

    def work() -> None:
        row = _open(case_id, seen)
        if row.assignee_id == user_id:
            return
        if user_id is not None and not _is_member(business_id, user_id):
            raise Invalid("unknown_member", "This person is not in the team.", details={"param": "assignee"})
        body = ids.show("usr", user_id) if user_id is not None else ""
        service.update(row, "assigned", body, actor=actor, assignee_id=user_id)

    retry.in_phase("manage_cases.assign", business_id, work)


def snooze(
    business_id: uuid.UUID, case_id: uuid.UUID, until: datetime | None, *, actor: str, seen: int | None = None
) -> None:
    """Keep an open case out of the inbox until a moment, at most 90 days from now; None brings it back at once. It is
    raised again, if it is old enough, when the snooze ends.

    Raises:
        NotFound: there is no such case. Invalid: the moment is past or too far. Conflict: it is resolved, or was
        changed since `seen`.
    """
    moment = clock.now()
    if until is not None and not moment < until <= moment + MAX_SNOOZE:
        raise Invalid(
            "invalid_time", "Choose a time in the future, at most 90 days from now.", details={"param": "until"}
        )

    def work() -> None:
        row = _open(case_id, seen)
        if row.snoozed_until == until:
            return
        due = row.escalates_at if until is None or row.escalates_at is None else max(row.escalates_at, until)
        body = "" if until is None else until.isoformat()
        service.update(row, "snoozed", body, actor=actor, snoozed_until=until, escalates_at=due)

    retry.in_phase("manage_cases.snooze", business_id, work)


def comment(
    business_id: uuid.UUID, case_id: uuid.UUID, body: str, *, actor: str, activity_id: uuid.UUID | None = None
) -> None:
    """Write down what was found out about a case, open or resolved; the same `activity_id` again writes nothing.

    Raises:
        NotFound: there is no such case. Invalid: nothing was written, or too much.
    """
    check_text(body, MAX_COMMENT, "invalid_comment", "body")

    def work() -> None:
        row = db.lock(Case, case_id)
        if activity_id is not None and service.is_noted(activity_id):
            return
        if row.status == CaseStatus.OPEN:
            service.update(row, "comment", body.strip(), actor=actor, activity_id=activity_id)
        else:
            service.note(row, "comment", body.strip(), actor=actor, activity_id=activity_id)

    retry.in_phase("manage_cases.comment", business_id, work)


def resolve(business_id: uuid.UUID, case_id: uuid.UUID, *, reason: str, actor: str, seen: int | None = None) -> None:
    """Say that nothing is left to do. The same is not opened again while it lasts.

    Raises:
        NotFound: there is no such case. Invalid: no reason was given. Conflict: somebody resolved it before, or it was
        changed since `seen`.
    """
    check_text(reason, MAX_REASON, "reason_needed", "reason")
    retry.in_phase(
        "manage_cases.resolve",
        business_id,
        lambda: service.resolve(_open(case_id, seen), reason=reason.strip(), actor=actor),
    )


def _open(case_id: uuid.UUID, seen: int | None) -> Case:
    row = db.lock(Case, case_id)
    if row.status != CaseStatus.OPEN:
        raise Conflict("case_resolved", "This case is already resolved.")
    if seen is not None and row.revision != seen:
        raise db.VersionConflict("version_conflict", "Somebody changed this case in the meantime. Check it again.")
    return row


def _is_member(business_id: uuid.UUID, user_id: uuid.UUID) -> bool:
    members = db.table(Membership)
    conditions = members.c.business_id == business_id, members.c.user_id == user_id, members.c.left_at.is_(None)
    return db.scalar(select(members.c.id).where(*conditions)) is not None


def check_text(body: str, most: int, code: str, param: str) -> None:
    """Refuse an empty or too long text.

    Raises:
        Invalid: with this code, about this parameter.
    """
    if not 0 < len(body.strip()) <= most:
        raise Invalid(code, f"Enter 1 to {most} characters.", details={"param": param})
