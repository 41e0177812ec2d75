"""What somebody may do for the business of the open phase, asked of the database in the phase that acts."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import and_, select

from app.core import clock, db, ids
from app.domain.accounts.business.models import Membership, Role, Visit
from app.domain.accounts.business.types import KNOWN, Access, access_of_role
from app.workflow.steps.accounts.principals_of import OPERATOR

# A key does everything but say who is in the team with as much power as its owners: whoever may make keys would
# otherwise make themselves one.
OF_KEYS = Access(KNOWN - {"team.write"})
_ALL = Access(KNOWN)
_NONE = Access(frozenset())


def access_of(actor: str) -> Access:
    """The access of a person, a key or the system itself; of somebody who has no seat here, none."""
    if actor.startswith("key:"):
        return OF_KEYS
    if actor.startswith(OPERATOR):
        return _of_visit(ids.try_parse(actor.removeprefix(OPERATOR), "usr"))
    if not actor.startswith("usr_"):
        return _ALL
    user_id = ids.try_parse(actor, "usr")
    found = _membership(user_id) if user_id else None
    return access_of_role(found.role, found.permissions, found.limits) if found else _NONE


def _of_visit(user_id: uuid.UUID | None) -> Access:
    """Of an operator: what the seat may that they have taken here to change something."""
    visits = db.table(Visit)
    role = db.scalar(
        select(visits.c.role)
        .where(visits.c.business_id == db.here(), visits.c.user_id == user_id, visits.c.may_change)
        .where(visits.c.ended_at.is_(None), visits.c.ends_at > clock.actual())
        .limit(1)
    )
    return access_of_role(role) if role else _NONE


def access_of_role_row(role: str, row: Role | None) -> Access:
    """The access of a role, and of a business's own one by its row."""
    return access_of_role(role, row.permissions, row.limits) if row is not None else access_of_role(role)


class _MemberRole(db.JoinedRow):
    """A membership's role, and what that may where it is one of the business's own."""

    role: str
    permissions: list[Any] | None
    limits: dict[str, Any] | None


def _membership(user_id: uuid.UUID) -> _MemberRole | None:
    query = (
        select(Membership.role, Role.permissions, Role.limits)
        .outerjoin(Role, and_(Role.business_id == Membership.business_id, Role.id == Membership.role_id))
        .where(Membership.business_id == db.here(), Membership.user_id == user_id, Membership.left_at.is_(None))
    )
    return db.first(db.select_as(_MemberRole, query))
