"""Opening, changing and resolving cases, in the caller's phase."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal, TypedDict, Unpack

from sqlalchemy import select

from app.core import clock, db, outbox, states
from app.core.ids import new_id
from app.core.money import Money
from app.domain.reconciliation.kinds import kind_of
from app.domain.reconciliation.models import Case, CaseActivity
from app.domain.reconciliation.states import CASE, CaseStatus

SYSTEM = "system"
Action = Literal["comment", "assigned", "snoozed", "mended", "escalated"]
cases = db.table(Case)


class Changes(TypedDict, total=False):
    """What of an open case changes without a change of state."""

    assignee_id: uuid.UUID | None
    snoozed_until: datetime | None
    escalation: int
    escalates_at: datetime | None


def open_case(
    kind: str,
    *,
    subject_id: uuid.UUID,
    order_id: uuid.UUID | None,
    details: dict[str, Any],
    money: Money | None = None,
) -> None:
    """Put something before people, once per kind and subject for as long as it lasts. `money` is what is at risk."""
    if db.scalar(select(cases.c.id).where(*_lasting(kind, subject_id))) is not None:
        return
    case_id = new_id()
    db.add(
        Case,
        id=case_id,
        kind=kind,
        subject_id=subject_id,
        order_id=order_id,
        details=details,
        amount_minor=money.minor if money else None,
        currency=money.currency if money else None,
        escalates_at=clock.now() + kind_of(kind).ladder[0],
    )
    states.born(CASE, case_id, reason=kind, actor=SYSTEM)
    outbox.emit("case.opened", aggregate_id=case_id, payload=_about(case_id, kind, order_id))


def resolve_case(kind: str, subject_id: uuid.UUID, *, reason: str) -> None:
    """It is over: close the case, if one is open. The same may be opened again from now on."""
    found = db.first(select(cases).where(*_lasting(kind, subject_id)))
    if found is not None:
        close(found, reason=reason)


def close(row: Case, *, reason: str) -> None:
    """What the case is about is over: resolve it if nobody has, and let the same be opened again.

    Raises:
        VersionConflict: somebody resolved it meanwhile.
    """
    if row.status == CaseStatus.OPEN:
        _resolve(row, reason=reason, actor=SYSTEM, is_over=True)
    else:
        db.write(db.change(Case, row.id, cleared_at=clock.now()), expect=1)


def resolve(row: Case, *, reason: str, actor: str) -> None:
    """A person says that nothing is left to do. What the case is about may go on: it is not opened again while it does.

    Raises:
        VersionConflict: somebody changed the case meanwhile.
    """
    _resolve(row, reason=reason, actor=actor, is_over=False)


def _resolve(row: Case, *, reason: str, actor: str, is_over: bool) -> None:
    moment = clock.now()
    states.advance(
        CASE,
        row,
        CaseStatus.RESOLVED,
        reason=reason,
        actor=actor,
        payload=_about(row.id, row.kind, row.order_id),
        revision=row.revision + 1,
        resolved_at=moment,
        resolved_by=actor,
        resolution=reason,
        cleared_at=moment if is_over else row.cleared_at,
        escalates_at=None,
        snoozed_until=None,
    )


def update(
    row: Case,
    action: Action,
    body: str,
    *,
    actor: str,
    activity_id: uuid.UUID | None = None,
    **changes: Unpack[Changes],
) -> None:
    """Change an open case that nobody has changed since it was read, and note what was done.

    Raises:
        VersionConflict: somebody changed it meanwhile.
    """
    changed = {**changes, "revision": row.revision + 1}
    db.change_known(Case, row.id, changed, revision=row.revision, status=row.status)
    note(row, action, body, actor=actor, activity_id=activity_id)
    outbox.emit("case.updated", aggregate_id=row.id, payload=_about(row.id, row.kind, row.order_id))


def note(row: Case, action: Action, body: str, *, actor: str, activity_id: uuid.UUID | None = None) -> None:
    """Write down what was done about a case, open or resolved; the same `activity_id` again writes nothing."""
    db.add_once(CaseActivity, id=activity_id or new_id(), case_id=row.id, action=action, body=body, actor=actor)


def is_noted(activity_id: uuid.UUID) -> bool:
    """Whether this activity was written."""
    done = db.table(CaseActivity)
    query = select(done.c.id).where(done.c.business_id == db.here(), done.c.id == activity_id)
    return db.scalar(query) is not None


def _lasting(kind: str, subject_id: uuid.UUID) -> tuple[Any, ...]:
    return (
        cases.c.business_id == db.here(),
        cases.c.kind == kind,
        cases.c.subject_id == subject_id,
        cases.c.cleared_at.is_(None),
    )


def _about(case_id: uuid.UUID, kind: str, order_id: uuid.UUID | None) -> dict[str, Any]:
    order = {"order_id": str(order_id)} if order_id else {}
    return {"case_id": str(case_id), "kind": kind, **order}
