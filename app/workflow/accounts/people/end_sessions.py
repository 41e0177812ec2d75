"""Sessions end: one, all others of a person, or by themselves when their time is over. What ended is not remembered."""

from __future__ import annotations

import uuid

from sqlalchemy import delete

from app.core import clock, db, ids
from app.core.db import pruning
from app.domain.accounts.people import rules
from app.domain.accounts.people.models import PortalSession, UsedChallenge

sessions = db.table(PortalSession)


def end_session(user_id: uuid.UUID, session_id: uuid.UUID) -> bool:
    """End one session of this person; False when they have no such session."""
    with db.system_phase("end_sessions.end"):
        return db.run(delete(PortalSession).where(sessions.c.user_id == user_id, sessions.c.id == session_id)) == 1


def end_other_sessions(user_id: uuid.UUID, *, keep: uuid.UUID | None) -> int:
    """End every session of this person but the one to keep (None: all); how many. Called after a change of the password
    or of a second factor."""
    with db.system_phase("end_sessions.end_others"):
        others = delete(PortalSession).where(sessions.c.user_id == user_id)
        return db.run(others if keep is None else others.where(sessions.c.id != keep))


def end_over() -> int:
    """Remove sessions that have expired, and challenges that are too old to be answered; how many sessions."""
    moment = clock.actual()
    used, seen = UsedChallenge.__table__.c.used_at, PortalSession.__table__.c.last_seen_at
    own = PortalSession.__table__.c
    # Ids tell when: the primary key finds the oldest.
    began = (own.id < ids.first_at(moment - rules.LASTS)) & (own.created_at <= moment - rules.LASTS)
    pruning.remove_oldest("end_sessions.challenges", UsedChallenge, used <= moment - 2 * rules.CHALLENGE_LASTS, by=used)
    idle = pruning.remove_oldest("end_sessions.idle", PortalSession, seen <= moment - rules.IDLE, by=seen)
    return idle + pruning.remove_oldest("end_sessions.over", PortalSession, began, by=own.id)
