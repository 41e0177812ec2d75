"""The seat that an operator has taken, as long as it holds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from app.core import clock, db
from app.domain.accounts.business.models import Business, User, Visit
from app.domain.accounts.business.standing import STANDING
from app.domain.accounts.business.types import ROLES, access_of_role
from app.read.accounts.people import MembershipAccess
from app.read.named_row import NamedRow


class _Visit(db.JoinedRow):
    role: str
    may_change: bool
    reason: str
    name: str
    mode: str
    time_zone: str
    standing: str | None
    suspended_reason: str | None
    currencies: list[str]


@dataclass(frozen=True)
class OpenVisit:
    """A visit that holds now."""

    id: uuid.UUID
    membership: MembershipAccess
    may_change: bool
    reason: str


def open_visit(user_id: uuid.UUID, business_id: uuid.UUID, visit_id: uuid.UUID) -> OpenVisit | None:
    """This visit of this person; None when it has ended, or they are no operator any more."""
    query = (
        select(
            *(Visit.role, Visit.may_change, Visit.reason, Business.name, Business.mode, Business.time_zone),
            *(STANDING, Business.suspended_reason, Business.currencies),
        )
        .join(Business, Business.id == Visit.business_id)
        .join(User, User.id == Visit.user_id)
        .where(Visit.business_id == business_id, Visit.id == visit_id, Visit.user_id == user_id)
        .where(Visit.ended_at.is_(None), Visit.ends_at > clock.actual(), User.is_operator)
    )
    with db.system_reading():
        row = db.first(db.select_as(_Visit, query))
    if row is None:
        return None
    membership = MembershipAccess(
        *(business_id, row.name, row.mode, row.time_zone, row.role, ROLES[row.role], access_of_role(row.role)),
        standing=row.standing,
        suspended_reason=row.suspended_reason,
        currencies=tuple(row.currencies),
    )
    return OpenVisit(visit_id, membership, row.may_change, row.reason)


def is_operator(user_id: uuid.UUID) -> bool:
    """Whether the person runs the installation."""
    with db.system_reading():
        return bool(db.scalar(select(User.is_operator).where(User.id == user_id)))


def operator_names(user_ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Names of operators, also of those who were some."""
    if not user_ids:
        return {}
    query = db.select_as(NamedRow, select(User.id, User.name))
    with db.system_reading():
        return {row.id: row.name for row in db.rows(query.where(User.id.in_(user_ids)).limit(len(user_ids)))}
