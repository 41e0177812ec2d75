"""The session of this browser: its cookie holds a token, the database what the token is good for."""

from __future__ import annotations

import uuid

from flask import request, session
from flask_login import UserMixin, current_user, login_user, logout_user

from app.core.db import transient_errors
from app.read.accounts import portal_sessions
from app.read.accounts.people import SignedInUser
from app.read.accounts.portal_sessions import Session
from app.web.auth import devices
from app.workflow.accounts.people.begin_session import Browser, begin_session, note_use
from app.workflow.accounts.people.end_sessions import end_session

WHO = "who"  # in the cookie: whose browser this is, as long as they do not sign out; it lets nobody in


class LoginUser(UserMixin):  # type: ignore[misc]
    """Flask-Login's view of a session; its id is the token in the cookie."""

    def __init__(self, token: str, found: Session | None) -> None:
        self.id = token
        self.session = found

    @property
    def user(self) -> SignedInUser:
        """Who it is."""
        assert self.session is not None
        return self.session.user


def load_user(token: str) -> LoginUser | None:
    """The person of this session, read afresh for every request; None when it has ended."""
    found = portal_sessions.find(token)
    if found is None:
        return None
    if found.is_due:
        with transient_errors.best_effort("use of a session"):
            note_use(found.id, browser())
    return LoginUser(token, found)


def browser() -> Browser:
    """Where this request comes from."""
    return Browser(request.remote_addr or "", request.headers.get("User-Agent", ""))


def begin(user_id: uuid.UUID, *, second_factor: bool = False) -> None:
    """Begin a session in place of whatever cookie came along, CSRF token included."""
    _end_here()
    session.clear()
    session.permanent = True
    session[WHO] = str(user_id)
    devices.greet(user_id)
    login_user(LoginUser(begin_session(user_id, browser(), second_factor=second_factor), None))


def inside(address: str) -> str:
    """Where to go after signing in: only ever a page of the portal."""
    is_inside = address == "/portal" or address.startswith(("/portal/", "/portal?"))
    return address if is_inside and address.isprintable() and "\\" not in address else "/portal"


def end() -> None:
    """End the session of this browser."""
    _end_here()
    logout_user()
    session.clear()


def _end_here() -> None:
    if current_user.is_authenticated and current_user.session is not None:
        found: Session = current_user.session
        end_session(found.user.id, found.id)
