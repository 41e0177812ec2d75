"""The team of a business: who is invited, what each may do, and who leaves. A business always keeps an owner."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict

from sqlalchemy import func, select, update

from app.core import clock, db
from app.core.errors import Conflict, TooMany
from app.core.ids import new_id, show
from app.domain.accounts.business import rules
from app.domain.accounts.business.models import Business, Invitation, Membership, Role, User
from app.domain.accounts.business.resources import Resource
from app.domain.accounts.business.types import CUSTOM, Access
from app.workflow.accounts.people.sponsor_member import access_widened, demoted
from app.workflow.steps.accounts.access_of import access_of_role_row
from app.workflow.steps.accounts.check_address import check_address
from app.workflow.steps.accounts.check_room import check_room
from app.workflow.steps.accounts.choose_role import ChosenRole, check_grantor, find_role
from app.workflow.steps.accounts.principals_of import accountable_principals, principals_of
from app.workflow.steps.notifications.queue_user_mail import queue

members, invitations, users = db.table(Membership), db.table(Invitation), db.table(User)
_OPEN = invitations.c.accepted_at.is_(None), invitations.c.revoked_at.is_(None)


@dataclass(frozen=True)
class Invited:
    """An open invitation, and what its link is made of."""

    id: uuid.UUID
    round: int
    expires_at: datetime


def invite(business_id: uuid.UUID, *, email: str, role: str, actor: str, inviter: str = "") -> Invited:
    """Invite an address into the team, by mail when this installation sends any; `inviter` is the name of `actor` in
    the mail. `actor` sponsors the new member (see sponsor_member.py). The result does not reveal whether the address
    has an account. Inviting it again replaces the open invitation and its link.

    Raises:
        Invalid: no email address. NotFound: no such role. Denied: it may do more than `actor`. Conflict: they are in
        the team already. LimitReached: the team is as large as it may be. TooMany: too many were invited within the
        hour.
    """
    address, moment = check_address(email), clock.actual()
    with db.phase("manage_team.invite", business_id):
        chosen = find_role(role)
        check_grantor(actor, chosen.access)
        _check_newcomer(business_id, address)
        _check_pace(moment)
        waiting = db.first(_waiting().where(invitations.c.email == address).with_for_update())
        check_room(Resource.TEAM_MEMBERS, besides=waiting.id if waiting else None)
        principals = accountable_principals(actor).union(waiting.principals if waiting else ())
        until = moment + rules.INVITATION_LASTS
        invited = Invited(waiting.id if waiting else new_id(), waiting.round + 1 if waiting else 1, until)
        about: _About = {
            "role": chosen.role,
            "role_id": chosen.role_id,
            "invited_by": actor,
            "invited_at": moment,
            "principals": sorted(principals),
            "round": invited.round,
            "expires_at": invited.expires_at,
        }
        if waiting is None:
            db.add(Invitation, id=invited.id, email=address, **about)
        else:
            db.write(db.change(Invitation, invited.id, **about), expect=1)
        _mail_invitation(business_id, address, invited, chosen, inviter)
    return invited


class _About(TypedDict):
    role: str
    role_id: uuid.UUID | None
    invited_by: str
    invited_at: datetime
    principals: list[uuid.UUID]
    round: int
    expires_at: datetime


def revoke(business_id: uuid.UUID, invitation_id: uuid.UUID) -> None:
    """Revoke an invitation; its link ends. A second call changes nothing.

    Raises:
        NotFound: there is none. Conflict: it was accepted.
    """
    with db.phase("manage_team.revoke", business_id):
        row = db.lock(Invitation, invitation_id)
        if row.accepted_at is not None:
            raise Conflict("invitation_accepted", "This invitation was accepted. Remove the member instead.")
        if row.revoked_at is None:
            db.write(db.change(Invitation, invitation_id, revoked_at=clock.actual()), expect=1)


def change_role(business_id: uuid.UUID, member_id: uuid.UUID, *, role: str, actor: str) -> None:
    """Change a member's role, from their next request on, and revoke the open invitations that they sent with the old
    one.

    Raises:
        NotFound: no such member or role. Denied: the old or the new role may do more than `actor`. Conflict: nobody
        else owns the business.
    """
    with db.phase("manage_team.change_role", business_id):
        chosen = find_role(role)
        owners = _lock_owners()
        row = db.lock(Membership, member_id, members.c.left_at.is_(None))
        before = _access(row)
        check_grantor(actor, chosen.access, before)
        if (row.role, row.role_id) == (chosen.role, chosen.role_id):
            return
        if row.role == "owner":
            _check_another_owner(owners, member_id)
        changed = access_widened(row, principals_of(actor), before, chosen.access) | demoted(row, actor)
        db.write(db.change(Membership, member_id, role=chosen.role, role_id=chosen.role_id, **changed), expect=1)
        revoke_requests_of(show("usr", row.user_id))


def remove(business_id: uuid.UUID, member_id: uuid.UUID, *, actor: str) -> None:
    """Remove a member: their next request for this business is refused, and their open invitations are revoked.

    Raises:
        NotFound: no such member. Denied: their role may do more than `actor`. Conflict: nobody else owns the business.
    """
    with db.phase("manage_team.remove", business_id):
        owners = _lock_owners()
        row = db.lock(Membership, member_id, members.c.left_at.is_(None))
        check_grantor(actor, _access(row))
        if row.role == "owner":
            _check_another_owner(owners, member_id)
        db.write(db.change(Membership, member_id, left_at=clock.actual(), **demoted(row, actor)), expect=1)
        revoke_requests_of(show("usr", row.user_id))


def revoke_requests_of(actor: str) -> None:
    """Revoke, in the open phase, the open invitations that this person or key has sent with access that they had."""
    conditions = invitations.c.business_id == db.here(), invitations.c.invited_by == actor
    db.run(update(Invitation).where(*conditions, *_OPEN).values(revoked_at=clock.actual()))


def _access(member: Membership) -> Access:
    if member.role != CUSTOM:
        return access_of_role_row(member.role, None)
    return access_of_role_row(
        CUSTOM, db.first(select(db.table(Role)).where(Role.business_id == db.here(), Role.id == member.role_id))
    )


def _lock_owners() -> set[uuid.UUID]:
    """Lock all owners, in one order and before any other member: of two who leave at once, the second sees that the
    first has left."""
    owner = members.c.business_id == db.here(), members.c.role == "owner", members.c.left_at.is_(None)
    found = db.rows(select(members.c.id).where(*owner).order_by(members.c.id).limit(1000).with_for_update())
    return {row.id for row in found}


def _check_another_owner(owners: set[uuid.UUID], member_id: uuid.UUID) -> None:
    if not owners - {member_id}:
        raise Conflict("last_owner", "This is the only owner. Make another member an owner first.")


def _check_newcomer(business_id: uuid.UUID, address: str) -> None:
    known = (
        select(members.c.id)
        .join(users, users.c.id == members.c.user_id)
        .where(members.c.business_id == business_id, members.c.left_at.is_(None), users.c.email == address)
    )
    if db.scalar(known) is not None:
        raise Conflict("already_in_team", "This person is already a member.", details={"param": "email"})


def _check_pace(moment: datetime) -> None:
    recent_totals = select(func.coalesce(func.sum(invitations.c.round), 0)).where(
        invitations.c.business_id == db.here(), invitations.c.invited_at > moment - timedelta(hours=1)
    )
    if int(db.scalar(recent_totals)) >= rules.MAX_INVITATIONS_AN_HOUR:
        raise TooMany("too_many_requests", "Too many invitations in the last hour. Try again later.")


def _waiting() -> Any:
    return select(invitations).where(invitations.c.business_id == db.here(), *_OPEN)


def _mail_invitation(business_id: uuid.UUID, address: str, invited: Invited, chosen: ChosenRole, inviter: str) -> None:
    business = db.first(select(Business.name, Business.mode).where(Business.id == business_id))
    assert business is not None
    details = {"business_id": str(business_id), "invitation_id": str(invited.id), "round": invited.round}
    details |= {"business": business.name, "mode": business.mode, "role": chosen.name, "inviter": inviter}
    queue("invitation", address, details)
