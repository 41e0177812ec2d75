"""The team of a business: its members, whom it has invited, and its roles."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Select, and_, func, select

from app.core import clock, db, ids, paging, settings
from app.core.errors import NotFound
from app.core.paging import After, newest_first
from app.domain.accounts.business import independence
from app.domain.accounts.business.independence import MemberFacts
from app.domain.accounts.business.models import Business, Invitation, Membership, Role, User
from app.domain.accounts.business.types import CUSTOM, ROLES, Access, access_of_role
from app.read.accounts.team_rows import InvitationRow, MemberRow, OfferedInvitation


class _Name(db.JoinedRow):
    name: str


class _People(db.JoinedRow):
    role: str
    role_id: uuid.UUID | None
    people: int


class _Round(db.JoinedRow):
    business_id: uuid.UUID
    id: uuid.UUID
    round: int


PAGE, MAX_ROWS, MAX_MEMBERS = 50, 500, 10_000
members, invitations, roles = db.table(Membership), db.table(Invitation), db.table(Role)
_NAME = Role.name.label("role_name")
InvitationState = Literal["waiting", "accepted", "revoked", "expired"]


@dataclass(frozen=True)
class TeamRole:
    """One of ours, or one of the business's own. `key` names it in forms and in the API: `support`, `rol_…`."""

    key: str
    id: uuid.UUID | None
    name: str
    access: Access
    people: int
    version: int = 1


@dataclass(frozen=True)
class OpenInvitation:
    """What somebody who was invited is shown."""

    business_id: uuid.UUID
    business: str
    mode: str
    email: str
    role: str
    inviter: str


def list_members(business_id: uuid.UUID, *, after: After = None, limit: int = PAGE) -> list[MemberRow]:
    """People with a seat and their role, newest first, one more than `limit`; with email, name, role_name."""
    with db.reading(business_id):
        return list(db.rows(newest_first(_members(business_id), members, after, limit)))


def page_of_members(business_id: uuid.UUID, *, cursor: str) -> paging.Page[MemberRow]:
    """A page of the portal's list."""
    shown, following = paging.cut(list_members(business_id, after=paging.key_of(cursor), limit=PAGE), PAGE)
    return paging.Page(tuple(shown), following)


def get_member(business_id: uuid.UUID, member_id: uuid.UUID) -> MemberRow:
    """One of them.

    Raises:
        NotFound: nobody of this team.
    """
    with db.reading(business_id):
        found = db.first(_members(business_id).where(members.c.id == member_id))
    if found is None:
        raise NotFound("not_found", "There is no such member of the team.")
    return found


def counts_with(business_id: uuid.UUID, user_id: uuid.UUID) -> list[str]:
    """The names of those with whom somebody new counts as one person where two are needed (independence.py)."""
    query = select(members).where(members.c.business_id == business_id).limit(MAX_MEMBERS)
    with db.reading(business_id):
        facts = {row.user_id: MemberFacts.of(row) for row in db.rows(query)}
        waits = settings.current().second_person_waits
        independent = independence.independent_since(facts.values(), waits=waits, moment=clock.actual())
        others = independence.counts_with(facts.get(user_id), independent, user_id) - {user_id}
        named = db.select_as(_Name, select(User.name)).where(User.id.in_(others)).order_by(User.name)
        return [row.name for row in db.rows(named)] if others else []


def list_invitations(business_id: uuid.UUID, *, after: After, limit: int) -> list[InvitationRow]:
    """Invitations that wait, or waited in vain, newest first, one more than `limit`."""
    waiting = _invitations(business_id).where(invitations.c.accepted_at.is_(None), invitations.c.revoked_at.is_(None))
    with db.reading(business_id):
        return list(db.rows(newest_first(waiting, invitations, after, limit)))


def page_of_invitations(business_id: uuid.UUID, *, cursor: str) -> paging.Page[InvitationRow]:
    """A page of the portal's list."""
    shown, following = paging.cut(list_invitations(business_id, after=paging.key_of(cursor), limit=PAGE), PAGE)
    return paging.Page(tuple(shown), following)


def get_invitation(business_id: uuid.UUID, invitation_id: uuid.UUID) -> InvitationRow:
    """One invitation, however it ended.

    Raises:
        NotFound: there is none.
    """
    with db.reading(business_id):
        found = db.first(_invitations(business_id).where(invitations.c.id == invitation_id))
    if found is None:
        raise NotFound("not_found", "There is no such invitation.")
    return found


def state_of(row: InvitationRow) -> InvitationState:
    """How an invitation stands: waiting, accepted, revoked or expired."""
    if row.accepted_at is not None:
        return "accepted"
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at <= clock.actual() else "waiting"


def list_roles(business_id: uuid.UUID) -> list[TeamRole]:
    """Our roles, then the business's own by name, each with how many people have it."""
    with db.reading(business_id):
        counted = db.rows(
            db.select_as(_People, select(members.c.role, members.c.role_id, func.count().label("people")))
            .where(members.c.business_id == business_id, members.c.left_at.is_(None))
            .group_by(members.c.role, members.c.role_id)
        )
        own = db.rows(
            select(roles)
            .where(roles.c.business_id == business_id, roles.c.archived_at.is_(None))
            .order_by(func.lower(roles.c.name))
            .limit(MAX_ROWS)
        )
    people = {(row.role, row.role_id): row.people for row in counted}
    standard = [
        TeamRole(key, None, name, access_of_role(key), people.get((key, None), 0)) for key, name in ROLES.items()
    ]
    return standard + [_own(row, people.get((CUSTOM, row.id), 0)) for row in own]


def get_role(business_id: uuid.UUID, key: str) -> TeamRole:
    """The role of this key.

    Raises:
        NotFound: there is none.
    """
    found = next((role for role in list_roles(business_id) if role.key == key), None)
    if found is None:
        raise NotFound("not_found", "There is no such role.")
    return found


def open_invitation(business_id: uuid.UUID, invitation_id: uuid.UUID, round_: int) -> OpenInvitation:
    """What an invitation offers, as long as it waits.

    Raises:
        NotFound: it is over, or was replaced by a later one.
    """
    offered = (
        _invitations(business_id)
        .add_columns(Business.name.label("business"), Business.mode)
        .join(Business, Business.id == invitations.c.business_id)
        .where(invitations.c.id == invitation_id)
    )
    with db.system_reading():
        row = db.first(db.select_as(OfferedInvitation, offered))
        if row is None or row.round != round_ or state_of(row) != "waiting":
            raise NotFound("not_found", "This invitation has expired. Please ask for a new one.")
        inviter = ids.try_parse(row.invited_by, "usr")
        name = db.scalar(select(User.name).where(User.id == inviter)) if inviter else None
    return OpenInvitation(business_id, row.business, row.mode, row.email, shown_role(row), name or "")


def invited_as(email: str) -> list[tuple[uuid.UUID, uuid.UUID, int]]:
    """Business, id and round of each invitation that waits for this address, wherever it is; newest first."""
    waiting = invitations.c.accepted_at.is_(None), invitations.c.revoked_at.is_(None)
    found = select(invitations.c.business_id, invitations.c.id, invitations.c.round).where(
        invitations.c.email == email.strip().lower(), *waiting, invitations.c.expires_at > clock.actual()
    )
    latest = found.order_by(invitations.c.invited_at.desc()).limit(MAX_ROWS)
    with db.system_reading():
        rows = db.rows(db.select_as(_Round, latest))
    return [(row.business_id, row.id, row.round) for row in rows]


def shown_role(row: MemberRow | InvitationRow) -> str:
    """What the role of a member or an invitation is called."""
    return row.role_name or ROLES.get(row.role, row.role)


def key_of(row: MemberRow | InvitationRow) -> str:
    """The key of the role of a member or an invitation."""
    return ids.show("rol", row.role_id) if row.role_id else row.role


def _own(row: Role, people: int) -> TeamRole:
    access = access_of_role(CUSTOM, row.permissions, row.limits)
    return TeamRole(ids.show("rol", row.id), row.id, row.name, access, people, row.version)


def _members(business_id: uuid.UUID) -> Select[MemberRow]:
    return (
        db.select_as(MemberRow, select(members, User.email, User.name, _NAME, Role.permissions, Role.limits))
        .join(User, User.id == members.c.user_id)
        .outerjoin(Role, and_(Role.business_id == members.c.business_id, Role.id == members.c.role_id))
        .where(members.c.business_id == business_id, members.c.left_at.is_(None))
    )


def _invitations(business_id: uuid.UUID) -> Select[InvitationRow]:
    return (
        db.select_as(InvitationRow, select(invitations, _NAME))
        .outerjoin(Role, and_(Role.business_id == invitations.c.business_id, Role.id == invitations.c.role_id))
        .where(invitations.c.business_id == business_id)
    )


def member_access(row: MemberRow) -> Access:
    """What a member may do."""
    return access_of_role(row.role, row.permissions, row.limits)
