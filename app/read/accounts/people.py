"""Who is signed in, and for which businesses they may act."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from sqlalchemy import and_, select

from app.core import db
from app.domain.accounts.business.models import Business, Membership, Person, Role
from app.domain.accounts.business.types import ROLES, Powers, powers


@dataclass(frozen=True)
class Seat:
    """What a person is for one business. `role_name` is what the business calls it."""

    business_id: uuid.UUID
    business_name: str
    mode: str
    time_zone: str
    role: str
    role_name: str = ""
    powers: Powers = field(default_factory=lambda: Powers(frozenset()))
    asks_second_factor: bool = False


@dataclass(frozen=True)
class Somebody:
    """A person and their seats, by name of the business; none when they have left every business."""

    id: uuid.UUID
    name: str
    email: str
    seats: tuple[Seat, ...]


def somebody(person_id: uuid.UUID) -> Somebody | None:
    """The person, inside an open reading across businesses; None when there is none."""
    here = and_(Membership.person_id == Person.id, Membership.left_at.is_(None))
    query = (
        select(
            Person.name.label("person_name"),
            Person.email,
            Business.id,
            Business.name,
            Business.mode,
            Business.time_zone,
            Business.asks_second_factor,
            Membership.role,
            Role.name.label("role_name"),
            Role.permissions,
            Role.limits,
        )
        .outerjoin(Membership, here)
        .outerjoin(Business, Business.id == Membership.business_id)
        .outerjoin(Role, and_(Role.business_id == Membership.business_id, Role.id == Membership.role_id))
        .where(Person.id == person_id)
        .order_by(Business.name, Business.mode)
        .limit(100)
    )
    found = db.rows(query)
    if not found:
        return None
    seats = tuple(
        Seat(
            row.id,
            row.name,
            row.mode,
            row.time_zone,
            row.role,
            row.role_name or ROLES.get(row.role, row.role),
            powers(row.role, row.permissions, row.limits),
            row.asks_second_factor,
        )
        for row in found
        if row.id is not None
    )
    return Somebody(person_id, found[0].person_name, found[0].email, seats)


def time_zone_of(business_id: uuid.UUID) -> str:
    """The business's time zone."""
    with db.reading(business_id):
        return str(db.scalar(select(Business.time_zone).where(Business.id == business_id)))


def names(business_id: uuid.UUID, person_ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Names of people who have a seat at the business, or had; others are left out."""
    if not person_ids:
        return {}
    query = (
        select(Person.id, Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.business_id == business_id, Person.id.in_(person_ids))
        .limit(len(person_ids))
    )
    with db.system_reading():
        return {row.id: row.name for row in db.rows(query)}
