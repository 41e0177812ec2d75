"""The seat that an operator has taken, as long as it holds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.core import clock, db
from app.domain.accounts.business.models import Business, Person, Visit
from app.domain.accounts.business.types import ROLES, powers
from app.read.accounts.people import Seat


@dataclass(frozen=True)
class OpenVisit:
    """A visit that holds now."""

    id: uuid.UUID
    seat: Seat
    may_change: bool
    reason: str


def open_visit(person_id: uuid.UUID, business_id: uuid.UUID, visit_id: uuid.UUID) -> OpenVisit | None:
    """This visit of this person; None when it has ended, or they are no operator any more."""
    query = (
        select(Visit.role, Visit.may_change, Visit.reason, Business.name, Business.mode, Business.time_zone)
        .join(Business, Business.id == Visit.business_id)
        .join(Person, Person.id == Visit.person_id)
        .where(Visit.business_id == business_id, Visit.id == visit_id, Visit.person_id == person_id)
        .where(Visit.ended_at.is_(None), Visit.ends_at > clock.now(), Person.is_operator)
    )
    with db.system_reading():
        row = db.first(query)
    if row is None:
        return None
    seat = Seat(business_id, row.name, row.mode, row.time_zone, row.role, ROLES[row.role], powers(row.role))
    return OpenVisit(visit_id, seat, row.may_change, row.reason)


def is_operator(person_id: uuid.UUID) -> bool:
    """Whether the person runs the installation."""
    with db.system_reading():
        return bool(db.scalar(select(Person.is_operator).where(Person.id == person_id)))


def operator_names(person_ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Names of operators, also of those who were some."""
    if not person_ids:
        return {}
    with db.system_reading():
        rows = db.rows(select(Person.id, Person.name).where(Person.id.in_(person_ids)).limit(len(person_ids)))
        return {row.id: row.name for row in rows}
