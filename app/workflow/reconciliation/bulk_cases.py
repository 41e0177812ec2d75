"""One thing done to many cases: each of them by itself, with what came of it beside it. Doing the same run again does
nothing twice."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select

from app.core import db, ids
from app.core.errors import AppError, Invalid, NotFound
from app.core.money import Money
from app.domain.accounts.business.errors import ApprovalNeeded
from app.domain.reconciliation.models import Case
from app.domain.reconciliation.states import CaseStatus
from app.workflow.reconciliation import manage_cases, mend_case
from app.workflow.reconciliation.manage_cases import MAX_COMMENT, MAX_REASON

ACTIONS = ("assign", "snooze", "comment", "resolve", "mend")
MAX_COUNT = 200
AT_MOST_S = 20.0  # then whoever asks gets an answer, and sends the rest again
Result = Literal["done", "requested", "skipped", "refused"]
# What is no fault of the request: there is nothing to do.
_NOTHING_TO_DO = ("case_resolved", "nothing_to_mend", "not_found")
cases = db.table(Case)


@dataclass(frozen=True, kw_only=True)
class BulkCommand:
    """What shall be done and by whom. `user_id` is for assign, `until` for snooze, `text` is the comment or the reason,
    `mend` the action; `run_id` is the same when the same request comes again."""

    action: str
    actor: str
    run_id: uuid.UUID
    user_id: uuid.UUID | None = None
    until: datetime | None = None
    text: str = ""
    mend: str = ""


@dataclass(frozen=True)
class CaseResult:
    """One case, what came of it or would come of it, and the money that a mend would move."""

    case_id: uuid.UUID
    result: Result
    message: str = ""
    money: Money | None = None


def look(business_id: uuid.UUID, case_ids: Sequence[uuid.UUID], command: BulkCommand) -> list[CaseResult]:
    """What would come of each case, in the order given; nothing is changed.

    Raises:
        Invalid: there is no such action, or there are too many cases. NotFound: not all of them exist.
    """
    return [_look(business_id, row, command) for row in _read(business_id, case_ids, command)]


def run(business_id: uuid.UUID, case_ids: Sequence[uuid.UUID], command: BulkCommand) -> list[CaseResult]:
    """Do it; what came of each case, in the order given. One that refuses keeps none of the others.

    Raises:
        Invalid: there is no such action, or there are too many cases, or the comment or the reason is missing.
        NotFound: not all of them exist, and nothing was done.
    """
    rows = _read(business_id, case_ids, command)
    if command.action == "comment":
        manage_cases.check_text(command.text, MAX_COMMENT, "invalid_comment", "text")
    elif command.action in ("resolve", "mend"):
        manage_cases.check_text(command.text, MAX_REASON, "reason_needed", "text")
    ends_s, made = time.monotonic() + AT_MOST_S, []
    for row in rows:
        if time.monotonic() < ends_s:
            made.append(_do(business_id, row.id, command))
        else:
            made.append(CaseResult(row.id, "skipped", "There was no time left. Do it again for this case."))
    return made


def _read(business_id: uuid.UUID, case_ids: Sequence[uuid.UUID], command: BulkCommand) -> list[Case]:
    if command.action not in ACTIONS:
        raise Invalid("invalid_action", "There is no such action.", details={"param": "action"})
    meant = list(dict.fromkeys(case_ids))
    if len(meant) > MAX_COUNT:
        raise Invalid("too_many_cases", f"Choose at most {MAX_COUNT} cases.", details={"param": "ids"})
    with db.reading(business_id):
        known = db.rows(select(cases).where(cases.c.business_id == business_id, cases.c.id.in_(meant)))
    by_id = {row.id: row for row in known}
    if not meant or len(by_id) < len(meant):
        raise NotFound("not_found", "Some of these cases do not exist; nothing was done.")
    return [by_id[each] for each in meant]


def _look(business_id: uuid.UUID, row: Case, command: BulkCommand) -> CaseResult:
    if row.status != CaseStatus.OPEN and command.action != "comment":
        return CaseResult(row.id, "skipped", "This case is already resolved.")
    if command.action != "mend":
        return CaseResult(row.id, "done")
    try:
        offer = mend_case.look(business_id, row.id, command.mend)
    except NotFound as error:
        return CaseResult(row.id, "skipped", error.message)
    return CaseResult(row.id, "done" if offer.look.is_possible else "skipped", offer.look.text, offer.look.money)


def _do(business_id: uuid.UUID, case_id: uuid.UUID, command: BulkCommand) -> CaseResult:
    try:
        return CaseResult(case_id, "done", _change(business_id, case_id, command))
    except ApprovalNeeded as asked:
        return CaseResult(case_id, "requested", asked.message[:300])
    except AppError as error:
        if error.code == "case_resolved" and _is_ours(business_id, case_id, command):
            return CaseResult(case_id, "done")
        return CaseResult(case_id, "skipped" if error.code in _NOTHING_TO_DO else "refused", error.message[:300])


def _change(business_id: uuid.UUID, case_id: uuid.UUID, command: BulkCommand) -> str:
    actor, once = command.actor, ids.derive(command.run_id, f"case {case_id}")
    if command.action == "assign":
        manage_cases.assign(business_id, case_id, command.user_id, actor=actor)
    elif command.action == "snooze":
        manage_cases.snooze(business_id, case_id, command.until, actor=actor)
    elif command.action == "comment":
        manage_cases.comment(business_id, case_id, command.text, actor=actor, activity_id=once)
    elif command.action == "resolve":
        manage_cases.resolve(business_id, case_id, reason=command.text, actor=actor)
    else:
        key, reason = command.mend, command.text
        return mend_case.mend(business_id, case_id, key, reason=reason, actor=actor, mend_id=once)
    return ""


def _is_ours(business_id: uuid.UUID, case_id: uuid.UUID, command: BulkCommand) -> bool:
    """Whether this very request resolved the case before."""
    with db.reading(business_id):
        row = db.get(Case, case_id)
    return command.action == "resolve" and (row.resolved_by, row.resolution) == (command.actor, command.text.strip())
