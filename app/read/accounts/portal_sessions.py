"""Who holds a session of the portal, and the sessions of one person."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core import clock, db
from app.core.security import crypto
from app.domain.accounts.people import rules
from app.domain.accounts.people.models import PortalSession
from app.domain.accounts.people.rules import REAUTHENTICATION_LASTS as REAUTHENTICATION_LASTS
from app.domain.accounts.people.rules import REFUND_REAUTHENTICATION_LASTS as REFUND_REAUTHENTICATION_LASTS
from app.read.accounts import people

MAX_COUNT = 50
sessions = db.table(PortalSession)


@dataclass(frozen=True)
class Session:
    """A session that holds now. `is_due`: it is time to write down that it is used."""

    id: uuid.UUID
    user: people.SignedInUser
    reauthenticated_at: datetime
    second_factor: bool
    is_due: bool


class SessionRow(db.JoinedRow):
    """A session as its owner sees it in a list."""

    id: uuid.UUID
    created_at: datetime
    last_seen_at: datetime
    address: str
    agent: str


def find(token: str) -> Session | None:
    """The session of this token; None when there is none (any more)."""
    with db.system_reading():
        row = db.first(select(sessions).where(sessions.c.token_hash == crypto.hash_secret(token)))
        if row is None:
            return None
        moment = clock.actual()
        if rules.is_over(began_at=row.created_at, seen_at=row.last_seen_at, moment=moment):
            return None
        user = people.signed_in_user(row.user_id)
    if user is None:
        return None
    return Session(
        row.id, user, row.reauthenticated_at, row.second_factor, moment >= row.last_seen_at + rules.SEEN_EVERY
    )


def sessions_of(user_id: uuid.UUID) -> Sequence[SessionRow]:
    """The sessions of this person that hold now, the last used first."""
    moment = clock.actual()
    query = (
        select(sessions.c.id, sessions.c.created_at, sessions.c.last_seen_at, sessions.c.address, sessions.c.agent)
        .where(sessions.c.user_id == user_id, sessions.c.last_seen_at > moment - rules.IDLE)
        .where(sessions.c.created_at > moment - rules.LASTS)
        .order_by(sessions.c.last_seen_at.desc(), sessions.c.id)
        .limit(MAX_COUNT)
    )
    with db.system_reading():
        return db.rows(db.select_as(SessionRow, query))
