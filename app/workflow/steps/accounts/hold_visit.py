"""An operator's visit goes on until the phase ends in which they change something."""

from __future__ import annotations

from sqlalchemy import select

from app.core import clock, db, ids
from app.core.errors import Denied
from app.domain.accounts.business.models import Visit
from app.workflow.steps.accounts.principals_of import OPERATOR

visits = db.table(Visit)


def hold_visit(actor: str) -> None:
    """In the open phase: an operator's visit goes on until the phase ends.

    Raises:
        Denied: it is over.
    """
    if not actor.startswith(OPERATOR):
        return
    conditions = (
        visits.c.business_id == db.here(),
        visits.c.user_id == ids.try_parse(actor.removeprefix(OPERATOR), "usr"),
    )
    open_ = visits.c.may_change, visits.c.ended_at.is_(None), visits.c.ends_at > clock.actual()
    if db.first(select(visits.c.id).where(*conditions, *open_).with_for_update(read=True)) is None:
        raise Denied("denied", "Your visit has ended. Start another one to make changes.")
