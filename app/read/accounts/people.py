"""Who is signed in, and for which businesses they may act."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, select

from app.core import db
from app.domain.accounts.business.models import Business, Membership, Role, User
from app.domain.accounts.business.standing import STANDING
from app.domain.accounts.business.switches import kinds_on
from app.domain.accounts.business.tiers import TierLimits
from app.domain.accounts.business.types import ROLES, Access, access_of_role
from app.lib.some import some
from app.read.named_row import NamedRow


class _MembershipRow(db.JoinedRow):
    """A person and one of their memberships; without any, everything but the first two is None."""

    user_name: str
    email: str
    id: uuid.UUID | None
    name: str | None
    mode: str | None
    time_zone: str | None
    currencies: list[str] | None
    requires_second_factor: bool | None
    role: str | None
    role_name: str | None
    permissions: list[str] | None
    limits: dict[str, Any] | None
    standing: str | None
    suspended_reason: str | None
    tier_limits: TierLimits | None
    switches: list[str] | None


@dataclass(frozen=True)
class MembershipAccess:
    """What a person is for one business. `role_name` is what the business calls it; `standing` is where the
    business stands (see standing.py), and `suspended_reason` the operator's reason while it is suspended."""

    business_id: uuid.UUID
    business_name: str
    mode: str
    time_zone: str
    role: str
    role_name: str = ""
    access: Access = field(default_factory=lambda: Access(frozenset()))
    requires_second_factor: bool = False
    standing: str | None = None
    suspended_reason: str | None = None
    tier_limits: TierLimits = field(default_factory=dict)
    switches: tuple[str, ...] = ()  # what the operator has switched off for a while: switch_kinds.SwitchKind
    currencies: tuple[str, ...] = ()  # the main one first; none where it sells in all


@dataclass(frozen=True)
class SignedInUser:
    """A person and their seats, by name of the business; none when they have left every business."""

    id: uuid.UUID
    name: str
    email: str
    memberships: tuple[MembershipAccess, ...]


def signed_in_user(user_id: uuid.UUID) -> SignedInUser | None:
    """The person, inside an open reading across businesses; None when there is none."""
    here = and_(Membership.user_id == User.id, Membership.left_at.is_(None))
    query = (
        select(
            User.name.label("user_name"),
            User.email,
            Business.id,
            Business.name,
            Business.mode,
            Business.time_zone,
            Business.currencies,
            Business.requires_second_factor,
            Membership.role,
            Role.name.label("role_name"),
            Role.permissions,
            Role.limits,
            STANDING,
            Business.suspended_reason,
            Business.tier_limits,
            kinds_on().label("switches"),
        )
        .outerjoin(Membership, here)
        .outerjoin(Business, Business.id == Membership.business_id)
        .outerjoin(Role, and_(Role.business_id == Membership.business_id, Role.id == Membership.role_id))
        .where(User.id == user_id)
        .order_by(Business.name, Business.mode)
        .limit(100)
    )
    found = db.rows(db.select_as(_MembershipRow, query))
    if not found:
        return None
    memberships = tuple(_membership(row) for row in found if row.id is not None)
    return SignedInUser(user_id, found[0].user_name, found[0].email, memberships)


def _membership(row: _MembershipRow) -> MembershipAccess:
    role = some(row.role)
    return MembershipAccess(
        some(row.id),
        some(row.name),
        some(row.mode),
        some(row.time_zone),
        role,
        row.role_name or ROLES.get(role, role),
        access_of_role(role, row.permissions, row.limits),
        some(row.requires_second_factor),
        row.standing,
        row.suspended_reason,
        some(row.tier_limits),
        tuple(some(row.switches)),
        tuple(some(row.currencies)),
    )


def time_zone_of(business_id: uuid.UUID) -> str:
    """The business's time zone."""
    with db.reading(business_id):
        return str(db.scalar(select(Business.time_zone).where(Business.id == business_id)))


def names(business_id: uuid.UUID, user_ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Names of people who have a seat at the business, or had; others are left out."""
    if not user_ids:
        return {}
    query = (
        db.select_as(NamedRow, select(User.id, User.name))
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.business_id == business_id, User.id.in_(user_ids))
        .limit(len(user_ids))
    )
    with db.system_reading():
        return {row.id: row.name for row in db.rows(query)}
