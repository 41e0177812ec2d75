"""What somebody may do for the business of the open phase, asked of the database in the phase that acts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, and_, select

from app.core import clock, db, ids
from app.domain.accounts.business.models import Membership, Role, Visit
from app.domain.accounts.business.types import KNOWN, Powers, powers
from app.workflow.steps.accounts.roots_of import OPERATOR

# A key does everything but say who is in the team with as much power as its owners: whoever may make keys would
# otherwise make themselves one.
OF_KEYS = Powers(KNOWN - {"team.write"})
_ALL = Powers(KNOWN)
_NONE = Powers(frozenset())


def powers_of(actor: str) -> Powers:
    """The powers of a person, a key or the system itself; of somebody who has no seat here, none."""
    if actor.startswith("key:"):
        return OF_KEYS
    if actor.startswith(OPERATOR):
        return _of_visit(ids.try_parse(actor.removeprefix(OPERATOR), "usr"))
    if not actor.startswith("usr_"):
        return _ALL
    person_id = ids.try_parse(actor, "usr")
    found = _seat(person_id) if person_id else None
    return powers(found.role, found.permissions, found.limits) if found else _NONE


def _of_visit(person_id: Any) -> Powers:
    """Of an operator: what the seat may that they have taken here to change something."""
    visits = db.table(Visit)
    role = db.scalar(
        select(visits.c.role)
        .where(visits.c.business_id == db.here(), visits.c.person_id == person_id, visits.c.may_change)
        .where(visits.c.ended_at.is_(None), visits.c.ends_at > clock.now())
        .limit(1)
    )
    return powers(role) if role else _NONE


def powers_of_role(role: str, row: Role | None) -> Powers:
    """The powers of a role, and of a business's own one by its row."""
    return powers(role, row.permissions, row.limits) if row is not None else powers(role)


def _seat(person_id: Any) -> Row[Any] | None:
    return db.first(
        select(Membership.role, Role.permissions, Role.limits)
        .outerjoin(Role, and_(Role.business_id == Membership.business_id, Role.id == Membership.role_id))
        .where(Membership.business_id == db.here(), Membership.person_id == person_id, Membership.left_at.is_(None))
    )
