"""Signing in and out of the portal."""

from __future__ import annotations

from flask import Flask
from flask_login import LoginManager

from app.core import settings
from app.core.limits.ratelimit import Counter
from app.core.security import passwords
from app.web.auth import cancelling, joining, opening, resetting
from app.web.auth.second import blueprint as second_step
from app.web.auth.sessions import load_user
from app.web.auth.views import blueprint


def init_auth(app: Flask) -> None:
    """Wire sign-in into the app."""
    app.config["PERMANENT_SESSION_LIFETIME"] = 12 * 3600  # as long as a session lasts at most
    manager = LoginManager(app)
    manager.session_protection = None  # it ties a session to an address, and telephones change theirs
    manager.user_loader(load_user)
    app.extensions["counter"] = Counter(settings.current().redis_url)
    passwords.use_cost(cheap=settings.current().argon2_cheap)
    app.register_blueprint(blueprint)
    app.register_blueprint(second_step)
    app.register_blueprint(cancelling.blueprint)
    app.register_blueprint(joining.blueprint)
    app.register_blueprint(resetting.blueprint)
    app.register_blueprint(opening.blueprint)
