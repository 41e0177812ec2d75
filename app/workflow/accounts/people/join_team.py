"""Somebody who was invited joins the team: as the person they are already, or as a new one. It works once."""

from __future__ import annotations

import uuid

from sqlalchemy import select, update

from app.core import clock, db
from app.core.errors import Conflict, Denied, NotFound
from app.core.ids import new_id
from app.core.security import passwords
from app.domain.accounts.business.models import Invitation, Membership, User
from app.domain.accounts.business.resources import Resource
from app.workflow.accounts.people.link_invitation import Named
from app.workflow.accounts.people.sponsor_member import sponsored
from app.workflow.steps.accounts.check_room import check_room
from app.workflow.steps.notifications.queue_user_mail import queue

invitations, members, users = db.table(Invitation), db.table(Membership), db.table(User)
MAX_NAME = 80


def join(named: Named, user_id: uuid.UUID) -> None:
    """Make the signed-in person a member, as the invitation says. Accepting it again changes nothing.

    Raises:
        NotFound: the invitation is over. Denied: somebody else was invited. LimitReached: the team
            is as large as it may be.
    """
    with db.system_phase("join_team.join"):
        row = _locked(named)
        user = db.first(select(users.c.email).where(users.c.id == user_id))
        if user is None or user.email != row.email:
            raise Denied("invited_somebody_else", "This invitation is for another account. Sign out first.")
        if row.accepted_by != user_id:
            _check_open(row, named)
            _membership(row, user_id)


def send_link(named: Named, *, business: str, mode: str, role: str, inviter: str) -> None:
    """Mail the invited address the link by which a new person joins, which proves that they read its mail. Whether
    there is an account makes no difference. The caller throttles.

    Raises:
        NotFound: the invitation is over.
    """
    with db.system_phase("join_team.send_link"):
        row = _locked(named)
        _check_open(row, named)
        details = {"business_id": str(named.business_id), "invitation_id": str(named.invitation_id)}
        shown = {"business": business, "mode": mode, "role": role, "inviter": inviter}
        queue("invitation", row.email, details | shown | {"round": named.round})


def join_as_new(named: Named, *, user_id: uuid.UUID, name: str, password: str) -> None:
    """Create the invited person and their membership.

    Raises:
        Invalid: no password, or a common one.
        Denied: the link did not come by mail, and so proves no mailbox. NotFound: the invitation is over.
        Conflict: its address belongs to an account, whose password has to be used. LimitReached: the team is as large
            as it may be.
    """
    if not named.by_mail:
        raise Denied("mailbox_unproven", "Open the link in the email we sent you.")
    password_hash = passwords.hash_password(password)
    with db.system_phase("join_team.join_as_new"):
        row = _locked(named)
        _check_open(row, named)
        passwords.check_new(password, about=[row.email, name])
        known = Conflict("account_exists", "Sign in with the password of your account to accept this invitation.")
        made = db.new_row(User, id=user_id, email=row.email, name=name.strip()[:MAX_NAME], password_hash=password_hash)
        db.write(made.on_conflict_do_nothing(), expect=1, otherwise=known)
        _membership(row, user_id)


def _locked(named: Named) -> Invitation:
    this_one = invitations.c.business_id == named.business_id, invitations.c.id == named.invitation_id
    row = db.first(select(invitations).where(*this_one).with_for_update())
    if row is None:
        raise NotFound("not_found", "There is no such invitation.")
    return row


def _check_open(row: Invitation, named: Named) -> None:
    ended = row.accepted_at or row.revoked_at
    if ended is not None or row.round != named.round or row.expires_at <= clock.actual():
        raise NotFound("not_found", "This invitation has expired. Please ask for a new one.")


def _membership(row: Invitation, user_id: uuid.UUID) -> None:
    """The seat, which somebody who comes back had before."""
    moment = clock.actual()
    check_room(Resource.TEAM_MEMBERS, business_id=row.business_id, besides=row.id)
    of_invitation = invitations.c.business_id == row.business_id, invitations.c.id == row.id
    accepted = update(Invitation).where(*of_invitation).values(accepted_at=moment, accepted_by=user_id)
    db.write(accepted, expect=1)
    own = members.c.business_id == row.business_id, members.c.user_id == user_id
    known = db.first(select(members.c.id, members.c.left_at).where(*own).with_for_update())
    let_in = sponsored(frozenset(row.principals), user_id, moment)
    if known is None:
        joined = db.new_row(
            Membership,
            id=new_id(),
            business_id=row.business_id,
            user_id=user_id,
            role=row.role,
            role_id=row.role_id,
            **let_in,
        )
        db.write(joined, expect=1)
    elif known.left_at is not None:
        back = update(Membership).where(*own).values(role=row.role, role_id=row.role_id, left_at=None, **let_in)
        db.write(back, expect=1)
