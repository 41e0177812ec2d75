"""Keeping the inbox true: what is found by looking is opened and closed, what is over is resolved, what grows old is
raised again. No other use case waits for this or writes for it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select, text

from app.core import clock, db
from app.core.log import get_logger
from app.core.money import Money
from app.domain.accounts.business.models import Membership
from app.domain.reconciliation import service
from app.domain.reconciliation.conditions import FOUND, OVER
from app.domain.reconciliation.kinds import kind_of
from app.domain.reconciliation.models import Case
from app.domain.reconciliation.service import SYSTEM, cases
from app.domain.reconciliation.states import CaseStatus

BATCH, MAX_KNOWN = 500, 50_000
Key = tuple[str, uuid.UUID]


class _Found(db.JoinedRow):
    """Something that is a case as long as it is so."""

    business_id: uuid.UUID
    subject_id: uuid.UUID
    order_id: uuid.UUID | None
    minor: int | None
    currency: str | None
    details: dict[str, Any]
    since: datetime


class _Over(db.JoinedRow):
    """An open case whose reason is gone."""

    business_id: uuid.UUID
    id: uuid.UUID
    reason: str
    since: datetime


_FOUND = {kind: db.select_as(_Found, text(f"{query} LIMIT {BATCH}")) for kind, query in FOUND.items()}
_OVER = [db.select_as(_Over, text(f"{query} LIMIT {BATCH}")) for query in OVER]
_LEFT = (
    select(cases.c.business_id, cases.c.id)
    .join(
        Membership,
        (Membership.business_id == cases.c.business_id)
        & (Membership.user_id == cases.c.assignee_id)
        & Membership.left_at.is_(None),
        isouter=True,
    )
    .where(cases.c.status == CaseStatus.OPEN, cases.c.assignee_id.is_not(None), Membership.id.is_(None))
)


def sweep_due() -> int:
    """Bring the inboxes of all businesses up to date; how many cases changed. Two at once do no harm."""
    return _find() + _close() + _escalate() + _release()


def _find() -> int:
    now: dict[uuid.UUID, dict[Key, _Found]] = defaultdict(dict)
    known: dict[uuid.UUID, dict[Key, uuid.UUID]] = defaultdict(dict)
    full = set()
    lasting = cases.c.kind.in_(FOUND) & cases.c.cleared_at.is_(None)
    with db.system_reading():
        for kind, query in _FOUND.items():
            found = db.rows(query, now=clock.now())
            full |= {kind} if len(found) == BATCH else set()
            for row in found:
                now[row.business_id][kind, row.subject_id] = row
        listed = select(cases.c.business_id, cases.c.kind, cases.c.subject_id, cases.c.id).where(lasting)
        for case in db.rows(listed.limit(MAX_KNOWN)):
            known[case.business_id][case.kind, case.subject_id] = case.id
    changed = 0
    for business_id in filter(_is_ours, now.keys() | known.keys()):
        is_so, lasts = now.get(business_id, {}), known.get(business_id, {})
        # Of a kind with more than one batch it is not known what is gone.
        over = [case_id for key, case_id in lasts.items() if key not in is_so and key[0] not in full]
        new = {key: row for key, row in is_so.items() if key not in lasts}
        changed += sum(_try(business_id, partial(_open, key, row)) for key, row in new.items())
        changed += sum(_try(business_id, partial(_over, case_id, "over")) for case_id in over)
    return changed


def _is_ours(business_id: uuid.UUID) -> bool:
    """A business with a time of its own is looked after by itself: what is so by its time is not by everybody's."""
    return db.is_narrowed() or not clock.ahead_of(business_id)


def _open(key: Key, row: _Found) -> None:
    money = Money(row.minor, row.currency) if row.minor is not None and row.currency else None
    service.open_case(key[0], subject_id=row.subject_id, order_id=row.order_id, details=row.details, money=money)


def _over(case_id: uuid.UUID, reason: str) -> None:
    row = db.lock(Case, case_id)
    if row.cleared_at is None:
        service.close(row, reason=reason)


def _close() -> int:
    with db.system_reading():
        found = [row for query in _OVER for row in db.rows(query, now=clock.now()) if _is_ours(row.business_id)]
    return sum(_try(row.business_id, partial(_over, row.id, row.reason)) for row in found)


def _escalate() -> int:
    due = cases.c.status == CaseStatus.OPEN, cases.c.escalates_at <= clock.now()
    with db.system_reading():
        found = db.rows(select(cases.c.business_id, cases.c.id).where(*due).limit(BATCH))
    return sum(_try(row.business_id, partial(_raise_again, row.id)) for row in found)


def _raise_again(case_id: uuid.UUID) -> None:
    row, moment = db.lock(Case, case_id), clock.now()
    if row.status != CaseStatus.OPEN or row.escalates_at is None or row.escalates_at > moment:
        return
    ladder = kind_of(row.kind).ladder
    step = min(row.escalation + 1, len(ladder))
    later = row.created_at + ladder[step] if step < len(ladder) else None
    service.update(row, "escalated", str(step), actor=SYSTEM, escalation=step, escalates_at=_after(later, moment))


def _after(later: datetime | None, moment: datetime) -> datetime | None:
    """One step of the ladder at a time, an hour apart, however late the sweep is."""
    return None if later is None else max(later, moment + timedelta(hours=1))


def _release() -> int:
    """Cases of people who have left the team are nobody's."""
    with db.system_reading():
        found = db.rows(_LEFT.limit(BATCH))
    return sum(_try(row.business_id, partial(_unassign, row.id)) for row in found)


def _unassign(case_id: uuid.UUID) -> None:
    row = db.lock(Case, case_id)
    if row.status == CaseStatus.OPEN and row.assignee_id is not None:
        service.update(row, "assigned", "", actor=SYSTEM, assignee_id=None)


def _try(business_id: uuid.UUID, work: Callable[[], None]) -> bool:
    """Each case in a phase of its own: one that fails, or that somebody else is changing, waits for the next sweep."""
    try:
        with db.phase("sweep_cases.case", business_id):
            work()
    except Exception as error:  # whatever it is, it must not stop the others
        get_logger().warning("sweep_failed", business_id=str(business_id), error=repr(error))
        return False
    return True
