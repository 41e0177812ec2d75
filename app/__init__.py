"""Bursar: checkout, payment hub and merchant portal for virtual goods and memberships."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.core.settings import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The application, wired from `settings` or, without any, from the environment."""
    with _loading():
        return _wired(settings)


def _wired(settings: Settings | None) -> Flask:
    # Not above: the simulator is a package in here, and loads none of this when it starts.
    from app import cli
    from app.api import register as register_api
    from app.api.kit import problems
    from app.core.db import db, engine
    from app.core.settings import Settings
    from app.core.web.application import Application
    from app.core.web.client_address import ClientAddress
    from app.web import register as register_web
    from app.web.pages import error_page

    settings = settings or Settings.from_env()
    _prepare(settings)
    app = Application(__name__, template_folder="../templates", static_folder="../static")
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine.options(settings),
        MAX_CONTENT_LENGTH=256 * 1024,
        SESSION_COOKIE_NAME="__Host-bursar" if settings.secure_cookies else "bursar",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
    )
    app.wsgi_app = ClientAddress(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    db.init_app(app)
    engine.connect(settings)
    if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
        # Only `flask db …` migrates; a serving process does without alembic and its memory.
        from flask_migrate import Migrate

        from app.cli.plain import speak_plainly

        speak_plainly()
        Migrate(app, db, directory="migrations")
    register_web(app)
    register_api(app)
    problems.install(app, page=error_page)
    cli.register(app)
    return app


def start(settings: Settings) -> None:
    """Make this process ready to run workflows, without a page or a route: for workers, which need no more."""
    with _loading():
        _prepare(settings, serves=False)
        connect(settings)


def connect(settings: Settings) -> None:
    """Make this process ready to read the database and no more: for the relay, which loads no noun at all."""
    from app.core.db import engine

    _use(settings)
    engine.connect(settings)


@contextmanager
def _loading() -> Iterator[None]:
    """Load without looking for rubbish, now or later: what is made here stays, and looking for it takes a fifth of the
    time."""
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            gc.freeze()
        gc.enable()


def _prepare(settings: Settings, *, serves: bool = True) -> None:
    from app.core.db import lock_log
    from app.core.files import store
    from app.core.limits import breaker, bulkhead, tiers
    from app.core.security import crypto
    from app.domain.accounts.business import resources
    from app.domain.accounts.privacy import installation, kinds
    from app.domain.payments.channels import registry
    from app.read import lists
    from app.workflow.operations import subscribers
    from app.workflow.steps.orders import lock_order

    _use(settings)
    resources.check_installation(settings.resource_limits)
    installation.check_installation(settings.retention_limits, kinds.CHOSEN)
    registry.CHANNELS.load()
    crypto.use_keys(settings.encryption_keys)
    breaker.use(breaker.Breaker(settings.redis_url))
    tiers.use(tiers.Tiers(settings.redis_url))
    bulkhead.use(bulkhead.standard(settings.channel_concurrency, serves=serves))
    store.use(settings.files_url)
    if os.environ.get("CHECK_LOCK_ORDER") == "1":  # set for the processes that tests start
        lock_log.watch(lock_order.RANKS, lock_order.PARTS)
    assert lists.EVERY  # importing them makes them known
    assert subscribers.SUBSCRIBERS  # importing the choreography loads every table too


def _use(settings: Settings) -> None:
    from app.core import clock, log
    from app.core import settings as current_settings

    current_settings.use(settings)
    clock.find_file()
    log.set_up(settings.log_level)
