"""Somebody who runs the installation looks at a business from within, in one of its seats. It has a reason, an end, and
a place in that business's audit log; nothing can be changed unless that was said at its beginning."""

from __future__ import annotations

import uuid

from sqlalchemy import and_, literal, or_, select, update

from app.core import clock, db
from app.core.errors import Denied, Invalid, NotFound
from app.core.ids import new_id
from app.domain.accounts.business import rules
from app.domain.accounts.business.models import Business, User, Visit
from app.domain.accounts.business.types import ROLES

MAX_REASON = 200
visits, users = db.table(Visit), db.table(User)


def begin_visit(business_id: uuid.UUID, user_id: uuid.UUID, *, role: str, reason: str, may_change: bool) -> uuid.UUID:
    """Take the seat of this role for `rules.VISIT_LASTS`; the visit's id. Visits of the person that were open here end,
    and with `may_change` those elsewhere that may change something: what one operator moves is added up over all
    businesses.

    Raises:
        Denied: the person is no operator. NotFound: no such business. Invalid: no such role, or no reason.
    """
    why = " ".join(reason.split())[:MAX_REASON]
    if role not in ROLES or not why:
        raise Invalid("invalid_visit", "Choose a role and enter a reason.")
    visit_id, moment = new_id(), clock.actual()
    with db.system_phase("visit_business.begin"):
        if not db.scalar(select(users.c.is_operator).where(users.c.id == user_id)):
            raise Denied("denied", "Only operators can visit businesses.")
        if db.scalar(select(Business.id).where(Business.id == business_id)) is None:
            raise NotFound("not_found", "There is no such business.")
        own = visits.c.user_id == user_id, visits.c.ended_at.is_(None), visits.c.ends_at > moment
        here = or_(visits.c.business_id == business_id, and_(visits.c.may_change, literal(may_change)))
        db.run(update(Visit).where(*own, here).values(ended_at=moment))
        begun = db.new_row(
            Visit,
            business_id=business_id,
            id=visit_id,
            created_at=moment,
            user_id=user_id,
            role=role,
            reason=why,
            may_change=may_change,
            ends_at=moment + rules.VISIT_LASTS,
        )
        db.write(begun)
    return visit_id


def end_visit(user_id: uuid.UUID, business_id: uuid.UUID, visit_id: uuid.UUID) -> None:
    """End the visit. A second call changes nothing."""
    with db.system_phase("visit_business.end"):
        own = visits.c.business_id == business_id, visits.c.id == visit_id, visits.c.user_id == user_id
        db.run(update(Visit).where(*own, visits.c.ended_at.is_(None)).values(ended_at=clock.actual()))
