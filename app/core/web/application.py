"""Flask without what no request of ours needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin

# Whoever calls these is a program, with a key or a signature and without a cookie.
PROGRAMS = ("/v1/", "/callbacks/")


class _NoSession(SecureCookieSession):
    """Of a program, which has none: whoever writes to it has gone astray."""

    def __setitem__(self, key: str, value: object) -> None:
        raise RuntimeError("programs have no session")


class PeoplesSessions(SecureCookieSessionInterface):
    """Sessions in signed cookies, for people: of programs no cookie is read, checked or set."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of the request's cookie."""
        return _NoSession() if request.path.startswith(PROGRAMS) else super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Any) -> None:
        """Set the cookie where the session was changed."""
        if not isinstance(session, _NoSession):
            super().save_session(app, session, response)


class Application(Flask):
    """The application. No view and no hook is a coroutine, so nobody looks at each of them in each request."""

    session_interface = PeoplesSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function, as it is."""
        return func
