"""Who lets somebody in, or gives them more to do, sponsors them: until another owner confirms that they are somebody
of their own, they are no second person for what those who sponsor them ask for (see independence.py)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TypedDict

from sqlalchemy import select

from app.core import clock, db, ids
from app.core.errors import Conflict, Denied
from app.domain.accounts.business.models import Membership
from app.domain.accounts.business.types import Access
from app.workflow.steps.accounts.principals_of import Principals, principals_of

members = db.table(Membership)


class Columns(TypedDict, total=False):
    """Those of a membership that say who let its member in."""

    sponsored_by: list[uuid.UUID]
    sponsored_at: datetime | None
    confirmed_by: uuid.UUID | None
    confirmed_at: datetime | None
    ownership_ended_at: datetime


def sponsored(principals: Principals, user_id: uuid.UUID, moment: datetime) -> Columns:
    """The columns that say who sponsors a membership; nobody does when the system itself let the member in."""
    by = sorted(principals - {user_id})
    return {"sponsored_by": by, "sponsored_at": moment if by else None, "confirmed_by": None, "confirmed_at": None}


def access_widened(member: Membership, principals: Principals, before: Access, after: Access) -> Columns:
    """The change of a membership when these people give its member more access; empty when it is not more."""
    if before.cover(after) or not principals - {member.user_id}:
        return {}
    still = () if member.confirmed_at else member.sponsored_by
    return sponsored(principals.union(still), member.user_id, clock.actual())


def demoted(member: Membership, actor: str) -> Columns:
    """The columns of a membership whose ownership another person has ended."""
    taken = member.role == "owner" and ids.try_parse(actor, "usr") != member.user_id
    return {"ownership_ended_at": clock.actual()} if taken else {}


def confirm(business_id: uuid.UUID, member_id: uuid.UUID, *, actor: str) -> None:
    """Confirm, as an owner, that a member is independent. A second call changes nothing.

    Raises:
        NotFound: no such member. Denied: `actor` is no owner, or counts with the member. Conflict: nobody has to.
    """
    with db.phase("sponsor_member.confirm", business_id):
        here = members.c.business_id == business_id, members.c.left_at.is_(None)
        row = db.lock(Membership, member_id, members.c.left_at.is_(None))
        user_id = ids.try_parse(actor, "usr")
        own = db.scalar(select(members.c.role).where(*here, members.c.user_id == user_id))
        if own != "owner" or principals_of(actor) & {row.user_id, *row.sponsored_by}:
            raise Denied("confirmed_by_others", "An owner who did not sponsor this member must confirm them.")
        if not row.sponsored_by:
            raise Conflict("version_conflict", "This member needs no confirmation.")
        if row.confirmed_at is None:
            change = db.change(Membership, member_id, confirmed_by=user_id, confirmed_at=clock.actual())
            db.write(change, expect=1)
