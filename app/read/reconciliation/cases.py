"""Cases as the API lists them and as a page shows one: facts, what was done, and what it hangs on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from app.core import clock, db, ids
from app.core.money import format_money
from app.core.paging import After, newest_first
from app.domain.accounts.business.models import Business
from app.domain.payments.models import BankTransfer, PaymentAttempt
from app.domain.reconciliation.kinds import kind_of, urgent_of
from app.domain.reconciliation.models import Case, CaseActivity
from app.domain.reconciliation.states import CaseStatus
from app.domain.reconciliation.types import CaseKind

CaseRow = Case
ActivityRow = CaseActivity
MAX_ACTIVITIES, MAX_COUNT = 200, 100
cases, activities = db.table(Case), db.table(CaseActivity)
attempts, transfers = db.table(PaymentAttempt), db.table(BankTransfer)


@dataclass(frozen=True)
class Fact:
    """One fact of a case: what it is called, ours, and theirs where they said something else or the same."""

    title: str
    ours: str
    theirs: str = ""


@dataclass(frozen=True)
class CasePage:
    """One case: its kind, facts, what people did (newest first), and the attempt and movement it hangs on."""

    row: CaseRow
    kind: CaseKind
    facts: tuple[Fact, ...]
    activities: tuple[ActivityRow, ...]
    attempt_id: uuid.UUID | None
    transaction_id: uuid.UUID | None
    is_bank_transfer: bool

    @property
    def is_snoozed(self) -> bool:
        """Whether it is out of the inbox for now."""
        return self.row.snoozed_until is not None and self.row.snoozed_until > clock.now()


def list_cases(
    business_id: uuid.UUID,
    *,
    status: str | None = None,
    kind: str | None = None,
    assignee_id: uuid.UUID | None = None,
    order_id: uuid.UUID | None = None,
    after: After = None,
    limit: int,
) -> Sequence[CaseRow]:
    """Cases, newest first, one more than `limit`."""
    conditions: list[ColumnElement[bool]] = [cases.c.business_id == business_id]
    conditions += [] if status is None else [cases.c.status == status]
    conditions += [] if kind is None else [cases.c.kind == kind]
    conditions += [] if assignee_id is None else [cases.c.assignee_id == assignee_id]
    conditions += [] if order_id is None else [cases.c.order_id == order_id]
    with db.reading(business_id):
        return db.rows(newest_first(select(cases).where(*conditions), cases, after, limit))


def get_case(business_id: uuid.UUID, case_id: uuid.UUID) -> CaseRow:
    """One case.

    Raises:
        NotFound: there is none.
    """
    with db.reading(business_id):
        return db.get(Case, case_id)


def some_cases(business_id: uuid.UUID, case_ids: Sequence[uuid.UUID]) -> Sequence[CaseRow]:
    """Those of these cases that there are, oldest first."""
    mine = select(cases).where(cases.c.business_id == business_id, cases.c.id.in_(case_ids))
    with db.reading(business_id):
        return db.rows(mine.order_by(cases.c.created_at, cases.c.id))


def activities_of(business_id: uuid.UUID, case_id: uuid.UUID) -> Sequence[ActivityRow]:
    """What was done about a case, newest first, MAX_ACTIVITIES at most."""
    of_case = activities.c.business_id == business_id, activities.c.case_id == case_id
    newest = activities.c.created_at.desc(), activities.c.id.desc()
    with db.reading(business_id):
        return db.rows(select(activities).where(*of_case).order_by(*newest).limit(MAX_ACTIVITIES))


def urgent_kinds(business_id: uuid.UUID) -> frozenset[str]:
    """The keys of the kinds that are urgent for the business."""
    with db.reading(business_id):
        return urgent_of(db.scalar(select(Business.urgent_cases).where(Business.id == business_id)) or ())


def in_inbox(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    """Open and not snoozed."""
    return cases.c.status == CaseStatus.OPEN, or_(cases.c.snoozed_until.is_(None), cases.c.snoozed_until <= moment)


def count_inbox(business_id: uuid.UUID) -> int:
    """How many cases wait in the inbox, counted up to MAX_COUNT."""
    query = select(cases.c.id).where(cases.c.business_id == business_id, *in_inbox(clock.now())).limit(MAX_COUNT)
    with db.reading(business_id):
        return int(db.scalar(select(func.count()).select_from(query.subquery())))


def count_open(business_id: uuid.UUID) -> int:
    """How many cases are open, snoozed ones included, counted up to MAX_COUNT."""
    query = select(cases.c.id).where(cases.c.business_id == business_id, cases.c.status == CaseStatus.OPEN)
    with db.reading(business_id):
        return int(db.scalar(select(func.count()).select_from(query.limit(MAX_COUNT).subquery())))


def case_page(business_id: uuid.UUID, case_id: uuid.UUID) -> CasePage:
    """One case with all that its page shows.

    Raises:
        NotFound: there is none.
    """
    row = get_case(business_id, case_id)
    done = activities_of(business_id, case_id)
    with db.reading(business_id):
        attempt = db.first(_attempt(business_id, row.subject_id))
        returned = row.kind == "wrong_transfer" and db.first(
            select(transfers).where(transfers.c.business_id == business_id, transfers.c.id == row.subject_id)
        )
        if returned:
            attempt = db.first(_attempt(business_id, returned.attempt_id))
    kind = kind_of(row.kind)
    return CasePage(
        row=row,
        kind=kind,
        facts=(*_compared(row), *_attempted(attempt), *_told(kind, row.details)),
        activities=tuple(done),
        attempt_id=attempt.id if attempt else None,
        transaction_id=attempt.transaction_id if attempt else None,
        is_bank_transfer=bool(attempt and attempt.channel == "offline"),
    )


def _attempt(business_id: uuid.UUID, subject_id: uuid.UUID) -> Select[PaymentAttempt]:
    about = (attempts.c.id == subject_id) | (attempts.c.transaction_id == subject_id)
    query = select(attempts).where(attempts.c.business_id == business_id, about)
    return query.order_by(attempts.c.created_at.desc(), attempts.c.id.desc()).limit(1)


def _compared(row: CaseRow) -> tuple[Fact, ...]:
    """Our amount beside theirs, where the case is about that."""
    ours = row.details.get("ours") or row.details.get("waited_for")
    theirs = row.details.get("said") or row.details.get("came")
    if not isinstance(ours, dict):
        return ()
    said = _money(theirs) if isinstance(theirs, dict) else "no amount"
    found = [Fact("Amount", _money(ours), said)]
    if isinstance(theirs, dict) and theirs.get("reference"):
        found.append(Fact("Bank reference", "", str(theirs["reference"])))
    return tuple(found)


def _attempted(attempt: PaymentAttempt | None) -> tuple[Fact, ...]:
    if attempt is None:
        return ()
    amount = format_money(attempt.amount_minor, attempt.currency)
    named = (Fact("Channel number", attempt.channel_ref),) if attempt.channel_ref else ()
    return Fact(f"{attempt.kind} attempt".replace("_", " ").capitalize(), f"{amount}, {attempt.status}"), *named


def _told(kind: CaseKind, details: dict[str, Any]) -> tuple[Fact, ...]:
    return tuple(Fact(title, _plain(details[key])) for title, key in kind.facts if details.get(key) not in (None, ""))


def _plain(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value).replace("_", " ")


def _money(said: dict[str, Any]) -> str:
    return format_money(int(said["minor"]), str(said["currency"]))


def shown_subject(row: CaseRow) -> str | None:
    """The id of what the case is about, as it is shown; None of what is not shown outside. What an event's handler did
    not do to a delivery is about the event."""
    prefix = "evt" if "event_id" in row.details else kind_of(row.kind).subject
    return ids.show(prefix, row.subject_id) if prefix else None
