"""How the installation is doing, across businesses: numbers for operators, nothing about anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.core import clock, db
from app.core.db.models import EventStatus, OutboxEvent
from app.domain.payments.channels import registry
from app.domain.payments.models import PaymentAttempt
from app.domain.payments.refused import RefusedNoticeCount
from app.domain.payments.states import AttemptStatus
from app.domain.reconciliation.models import Case
from app.domain.reconciliation.states import CaseStatus

HOURS = timedelta(hours=2)


class _Due(db.JoinedRow):
    number: int
    oldest: datetime | None


@dataclass(frozen=True)
class Backlog:
    """What waits to be done."""

    events_due: int
    oldest_event_s: float
    events_dead: int
    attempts_unknown: int
    attempts_overdue: int
    oldest_undecided_s: float
    cases_open: int
    notices_refused: int


def database_answers() -> bool:
    """Whether the database can be asked and has the tables of this release."""
    with db.system_reading():
        return db.scalar(select(func.count()).select_from(select(OutboxEvent.id).limit(1).subquery())) is not None


def backlog() -> Backlog:
    """Counts over all businesses, each read from its own small index."""
    moment = clock.now()
    due = (OutboxEvent.status == EventStatus.PENDING) & (OutboxEvent.due_at <= moment)
    counted = db.select_as(_Due, select(func.count().label("number"), func.min(OutboxEvent.due_at).label("oldest")))
    with db.system_reading():
        events = db.first(counted.where(due))
        dead = db.scalar(select(func.count()).where(OutboxEvent.status == EventStatus.DEAD))
        unknown = db.scalar(select(func.count()).where(PaymentAttempt.status == AttemptStatus.UNKNOWN))
        overdue = db.scalar(select(func.count()).where(Case.status == CaseStatus.OPEN, Case.kind == "undecided_long"))
        oldest_attempt = db.scalar(
            select(func.min(PaymentAttempt.created_at)).where(
                PaymentAttempt.next_poll_at.is_not(None), PaymentAttempt.channel.not_in(registry.manual())
            )
        )
        refused = db.scalar(select(func.sum(RefusedNoticeCount.number)).where(RefusedNoticeCount.hour > moment - HOURS))
        cases = db.scalar(select(func.count()).where(Case.status == CaseStatus.OPEN))
    assert events is not None
    oldest = events.oldest
    return Backlog(
        events_due=events.number,
        oldest_event_s=(moment - oldest).total_seconds() if oldest else 0.0,
        events_dead=int(dead),
        attempts_unknown=int(unknown),
        attempts_overdue=int(overdue),
        oldest_undecided_s=(moment - oldest_attempt).total_seconds() if oldest_attempt else 0.0,
        cases_open=int(cases),
        notices_refused=int(refused or 0),
    )
