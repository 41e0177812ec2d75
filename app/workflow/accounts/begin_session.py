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
    """Where somebody signs in: the network address, and what the browser says of itself."""

    address: str
    agent: str


def begin_session(user_id: uuid.UUID, browser: Browser, *, second_factor: bool) -> str:
    """Begin a session of somebody who proved themselves, by a second factor too or not; its token, which the browser
    keeps and nobody else has."""
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
    """Write down that the person of a session has just shown once more who they are."""
    with db.system_phase("begin_session.record_reauthentication"):
        db.run(update(PortalSession).where(sessions.c.id == session_id).values(reauthenticated_at=clock.now()))


def note_use(session_id: uuid.UUID, browser: Browser) -> None:
    """Write down that, and from where, a session is used now."""
    with db.system_phase("begin_session.note_use"):
        columns = {
            "last_seen_at": clock.now(),
            "address": browser.address,
            "agent": browser.agent[: rules.AGENT_LENGTH],
        }
        db.run(update(PortalSession).where(sessions.c.id == session_id).values(**columns))
