"""What the session cookie says, and who that is now."""

from __future__ import annotations

import uuid

from flask import session
from flask_login import UserMixin, login_user, logout_user

from app.read import people
from app.workflow.log_in import SignedIn


class User(UserMixin):  # type: ignore[misc]
    """Flask-Login's view of a person; the id in the cookie carries the person's session mark."""

    def __init__(self, cookie_id: str, somebody: people.Somebody | None) -> None:
        self.id = cookie_id
        self.somebody = somebody


def load_user(cookie_id: str) -> User | None:
    """The person of this session, read afresh for every request; None ends it."""
    person_id, _, mark = cookie_id.partition(".")
    try:
        found = people.somebody(uuid.UUID(person_id), mark)
    except ValueError:
        return None
    return User(cookie_id, found) if found else None


def begin(signed_in: SignedIn) -> None:
    """Begin a session in place of whatever cookie came along, CSRF token included."""
    session.clear()
    session.permanent = True
    login_user(User(f"{signed_in.person_id}.{signed_in.mark}", None))


def end() -> None:
    """Forget the session."""
    logout_user()
    session.clear()
