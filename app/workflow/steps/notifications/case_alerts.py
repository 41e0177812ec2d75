"""Alerts of cases: each that waits for somebody, louder as it grows old, and all of them once a morning."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import text

from app.core import db, ids
from app.domain.notifications.alerts.types import AlertFacts
from app.domain.reconciliation.kinds import OTHERWISE_TOLD, kind_of, recipients_of, urgent_of

MORNING = range(8, 12)  # hours of the business's own day in which its summary is made
Found = tuple[uuid.UUID, str, uuid.UUID, AlertFacts]


class _Waiting(db.JoinedRow):
    """A case in an inbox."""

    business_id: uuid.UUID
    id: uuid.UUID
    kind: str
    escalation: int
    amount_minor: int | None
    currency: str | None
    created_at: datetime
    assignee_id: uuid.UUID | None
    urgent_cases: list[str]
    case_recipients: list[str]


class _Inbox(db.JoinedRow):
    """How many cases wait in a business's inbox, how many of them urgently, and since when the oldest does."""

    business_id: uuid.UUID
    time_zone: str
    cases: int
    urgent: int
    oldest: datetime


_WAITING = db.select_as(
    _Waiting,
    text("""
SELECT c.business_id, c.id, c.kind, c.escalation, c.amount_minor, c.currency, c.created_at, c.assignee_id,
       b.urgent_cases, b.case_recipients
FROM cases c JOIN businesses b ON b.id = c.business_id
WHERE c.status = 'open' AND (c.snoozed_until IS NULL OR c.snoozed_until <= :now) AND c.kind <> ALL(:told)
ORDER BY c.created_at DESC LIMIT 50000
"""),
)
_INBOXES = db.select_as(
    _Inbox,
    text("""
SELECT c.business_id, b.time_zone, count(*) AS cases, min(c.created_at) AS oldest,
       count(*) FILTER (WHERE c.escalation > 0 OR CASE b.urgent_cases WHEN '[]' THEN c.kind = ANY(:urgent)
           ELSE b.urgent_cases ? c.kind END) AS urgent
FROM cases c JOIN businesses b ON b.id = c.business_id
WHERE c.status = 'open' AND (c.snoozed_until IS NULL OR c.snoozed_until <= :now) GROUP BY 1, 2
"""),
)


def find(moment: datetime) -> Iterator[Found]:
    """In the open reading: what alerts of cases there are now, as (business, kind, subject, facts)."""
    for row in db.rows(_WAITING, now=moment, told=list(OTHERWISE_TOLD)):
        facts: AlertFacts = {
            "title": kind_of(row.kind).title,
            "says": kind_of(row.kind).says,
            "minor": row.amount_minor,
            "currency": row.currency,
            "since": row.created_at.isoformat(),
            "to": [] if row.escalation > 1 else recipients_of(row.case_recipients, row.kind),
            "assignee": ids.show("usr", row.assignee_id) if row.assignee_id else None,
        }
        yield row.business_id, _loudness(row), row.id, facts
    for inbox in db.rows(_INBOXES, now=moment, urgent=list(urgent_of(()))):
        local = moment.astimezone(ZoneInfo(inbox.time_zone))
        if local.hour in MORNING:
            about: AlertFacts = {"count": inbox.cases, "urgent": inbox.urgent, "days": (moment - inbox.oldest).days}
            of_day = ids.derive(inbox.business_id, f"case summary {local.date()}")
            yield inbox.business_id, "case_summary", of_day, about


def _loudness(row: _Waiting) -> str:
    if row.escalation:
        return "case_raised" if row.escalation == 1 else "case_overdue"
    return "case_urgent" if row.kind in urgent_of(row.urgent_cases) else "case_warning"
