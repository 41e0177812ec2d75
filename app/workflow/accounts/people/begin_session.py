"""A person who proved who they are gets a session in one browser."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass

from sqlalchemy import update

from app.core import clock, db
from app.core.security import crypto
from app.domain.accounts.people import rules
from app.domain.accounts.people.models import PortalSession

sessions = db.table(PortalSession)


@dataclass(frozen=True)
class Browser:
    """The browser of a sign-in: its network address, and its user agent."""

    address: str
    agent: str


def begin_session(user_id: uuid.UUID, browser: Browser, *, second_factor: bool) -> str:
    """Begin a session of a person who has signed in, with or without a second factor; its token, of which only a hash
    is kept."""
    token = secrets.token_urlsafe(32)
    with db.system_phase("begin_session.write"):
        db.add(
            PortalSession,
            user_id=user_id,
            token_hash=crypto.hash_secret(token),
            second_factor=second_factor,
            address=browser.address,
            agent=browser.agent[: rules.AGENT_LENGTH],
        )
    return token


def record_reauthentication(session_id: uuid.UUID) -> None:
    """Record that the person of this session has just reauthenticated."""
    with db.system_phase("begin_session.record_reauthentication"):
        db.run(update(PortalSession).where(sessions.c.id == session_id).values(reauthenticated_at=clock.actual()))


def note_use(session_id: uuid.UUID, browser: Browser) -> None:
    """Record when, and from which address, a session was last used."""
    with db.system_phase("begin_session.note_use"):
        columns = {
            "last_seen_at": clock.actual(),
            "address": browser.address,
            "agent": browser.agent[: rules.AGENT_LENGTH],
        }
        db.run(update(PortalSession).where(sessions.c.id == session_id).values(**columns))
