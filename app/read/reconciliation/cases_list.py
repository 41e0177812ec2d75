"""The list of cases: the inbox."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from app.core import clock, db, ids, lists
from app.core.lists import Column, Filter, Listing, ListRequest
from app.core.money import MAX_MINOR, known_currencies
from app.core.paging import Key
from app.domain.accounts.business.models import Membership, User
from app.domain.reconciliation.kinds import KINDS, kind_of
from app.domain.reconciliation.models import Case
from app.domain.reconciliation.states import CaseStatus
from app.read.accounts import people
from app.read.named_row import NamedRow
from app.read.reconciliation.cases import in_inbox, urgent_kinds

VIEWS = {"inbox": "Inbox", "urgent": "Urgent", "snoozed": "Snoozed", "resolved": "Resolved", "all": "All"}
AGES = {"1": "Older than a day", "3": "Older than 3 days", "7": "Older than a week"}
NOBODY = "none"
MAX_MEMBERS = 200
cases = db.table(Case)
_AMOUNT = func.coalesce(cases.c.amount_minor, 0)


@dataclass(frozen=True)
class CaseRow:
    """One case; `assignee` is a name, empty when nobody has it."""

    row: Case
    assignee: str
    is_urgent: bool

    @property
    def id(self) -> uuid.UUID:
        """Which case it is."""
        return self.row.id

    @property
    def created_at(self) -> datetime:
        """Since when it is there."""
        return self.row.created_at

    @property
    def shown_status(self) -> str:
        """The state as people read it."""
        if self.row.status != CaseStatus.OPEN:
            return self.row.status
        if self.row.snoozed_until is not None and self.row.snoozed_until > clock.now():
            return "snoozed"
        return "urgent" if self.is_urgent or self.row.escalation else self.row.status


def read(request: ListRequest, after: Key | None, limit: int) -> list[CaseRow]:
    """Cases that were asked for, behind `after`."""
    first = _AMOUNT if request.by_amount else cases.c.created_at
    urgent = urgent_kinds(request.business_id)
    statement = select(cases).where(cases.c.business_id == request.business_id, *_conditions(request, urgent))
    with db.reading(request.business_id):
        found = db.rows(request.in_order(statement, first, cases.c.id, after, limit))
    users = {row.assignee_id for row in found if row.assignee_id is not None}
    names = people.names(request.business_id, users)
    return [
        CaseRow(row, names.get(row.assignee_id, "") if row.assignee_id else "", row.kind in urgent) for row in found
    ]


def _conditions(request: ListRequest, urgent: frozenset[str]) -> Sequence[ColumnElement[bool]]:
    conditions = [*request.days(cases.c.created_at), *_of_view(request.text("view"), urgent), *_of_money(request)]
    if kind := request.text("kind"):
        conditions.append(cases.c.kind == kind)
    if age := request.text("age"):
        days = int(age) if age in AGES else 0
        conditions.append(cases.c.created_at < clock.now() - timedelta(days=days))
    if assignee := request.text("assignee"):
        user = ids.try_parse(assignee, "usr")
        conditions.append(cases.c.assignee_id.is_(None) if assignee == NOBODY else cases.c.assignee_id == user)
    if text := request.text("q"):
        named = ids.try_parse(text)
        conditions.append(or_(cases.c.id == named, cases.c.order_id == named, cases.c.subject_id == named))
    return conditions


def _of_view(view: str, urgent: frozenset[str]) -> Sequence[ColumnElement[bool]]:
    moment = clock.now()
    if view == "all":
        return ()
    if view == "resolved":
        return (cases.c.status == CaseStatus.RESOLVED,)
    if view == "snoozed":
        return cases.c.status == CaseStatus.OPEN, cases.c.snoozed_until > moment
    if view == "urgent":
        return *in_inbox(moment), or_(cases.c.kind.in_(urgent), cases.c.escalation > 0)
    return in_inbox(moment)


def _of_money(request: ListRequest) -> Sequence[ColumnElement[bool]]:
    """The money at risk; without a currency 12.50 is so much of each."""
    currency = request.text("currency").upper()
    if not (currency or request.text("amount_from") or request.text("amount_to")):
        return ()
    spans = [
        _span(each, request.minor("amount_from", each, up=True), request.minor("amount_to", each, up=False))
        for each in ([currency] if currency else known_currencies())
        if each in known_currencies()
    ]
    return (or_(false(), *spans),)


def _span(currency: str, low: int | None, high: int | None) -> ColumnElement[bool]:
    return and_(
        cases.c.currency == currency,
        cases.c.amount_minor >= (low or 0),
        cases.c.amount_minor <= (MAX_MINOR if high is None else high),
    )


def assignees(business_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    """Who may have a case: (id, name) of the team, by name, MAX_MEMBERS at most."""
    query = (
        db.select_as(NamedRow, select(User.id, User.name))
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.business_id == business_id, Membership.left_at.is_(None))
        .order_by(User.name, User.id)
        .limit(MAX_MEMBERS)
    )
    with db.system_reading():
        return [(ids.show("usr", row.id), row.name) for row in db.rows(query)]


def _assignees(business_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    return [(NOBODY, "Nobody"), *assignees(business_id)]


def _kinds(_: uuid.UUID) -> Sequence[tuple[str, str]]:
    return [(each.key, each.title) for each in sorted(KINDS.values(), key=lambda kind: kind.title)]


def _ages(_: uuid.UUID) -> Sequence[tuple[str, str]]:
    return list(AGES.items())


def _money(case: CaseRow) -> tuple[int, str] | None:
    row = case.row
    return (row.amount_minor, row.currency) if row.amount_minor is not None and row.currency else None


CASES = lists.add(
    Listing(
        name="cases",
        title="Cases",
        permission="cases.read",
        views=VIEWS,
        ordered_by="opened",
        read=read,
        amount_of=lambda case: int(case.row.amount_minor or 0),
        filters=(
            Filter(key="q", title="Find", kind="search", hint="ID of a case, order, attempt or delivery"),
            Filter(key="kind", title="Kind", kind="choice", choices=_kinds),
            Filter(key="assignee", title="Assigned to", kind="choice", choices=_assignees),
            Filter(key="age", title="Age", kind="choice", choices=_ages),
            Filter(key="from", title="From", kind="from", further=True),
            Filter(key="to", title="To", kind="to", further=True),
            Filter(key="currency", title="Currency", hint="USD", further=True),
            Filter(key="amount_from", title="Amount from", kind="amount", further=True),
            Filter(key="amount_to", title="Amount to", kind="amount", further=True),
        ),
        columns=(
            Column(key="kind", title="Case", value=lambda case: kind_of(case.row.kind).title),
            Column(key="state", title="State", kind="state", value=lambda case: (case.shown_status, None)),
            Column(key="amount", title="At risk", kind="money", value=_money),
            Column(key="assignee", title="Assigned to", value=lambda case: case.assignee, nothing="Nobody"),
            Column(
                key="order",
                title="Order",
                kind="id",
                value=lambda case: ("ord", case.row.order_id) if case.row.order_id else None,
            ),
            Column(key="opened", title="Opened", kind="when", value=lambda case: case.created_at),
            Column(
                key="resolution",
                title="Resolution",
                value=lambda case: case.row.resolution or None,
                default=False,
                personal=True,
            ),
            Column(
                key="resolved",
                title="Resolved",
                kind="when",
                value=lambda case: case.row.resolved_at,
                default=False,
            ),
            Column(key="currency", title="Currency", kind="code", value=lambda case: case.row.currency, default=False),
            Column(
                key="snoozed",
                title="Snoozed until",
                kind="when",
                value=lambda case: case.row.snoozed_until,
                default=False,
            ),
            Column(key="case", title="Id", kind="id", value=lambda case: ("case", case.id), default=False),
        ),
    )
)
