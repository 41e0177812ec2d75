"""The connections of this process to its database."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, create_engine

from app.core import settings as current_settings
from app.core.db import connect_to
from app.core.log import get_logger
from app.core.settings import Settings


def connect(settings: Settings) -> None:
    """Make the database of the settings that of every transaction of this process. Where one login does everything, it
    has one pool of connections, and the log says so. (Flask's own engine, which migrations use, opens a connection when
    it is asked for one.)"""
    app = _made(settings.database_url, settings)
    if settings.database_system_url == settings.database_url:
        get_logger().warning("one_database_login", advice="docs/how-to/deploy.md, Logins of the database")
        connect_to(app, app)
    else:
        connect_to(app, _made(settings.database_system_url, settings))


def _made(url: str, settings: Settings) -> Engine:
    # The driver begins nothing by itself: BEGIN travels with the first statement (see driver.Transaction). Said of the
    # engine, it is said once to each connection, and not each time that one is taken and given back.
    return create_engine(url, isolation_level="AUTOCOMMIT", **options(settings))


def aside() -> Engine:
    """One connection of system phases, apart from those of requests and jobs: for what must go on when they are all
    taken."""
    return _aside(current_settings.current().database_system_url, os.getpid())


@lru_cache(maxsize=2)
def _aside(url: str, pid: int) -> Engine:
    del pid  # a forked process makes its own
    single = {**options(current_settings.current()), "pool_size": 1, "max_overflow": 0}
    return create_engine(url, isolation_level="AUTOCOMMIT", **single)


def options(settings: Settings) -> dict[str, Any]:
    """What SQLAlchemy is to know besides the address."""
    # A lock or a statement that takes longer than this is given up: the caller is told to come again.
    limits = "-c lock_timeout=8s -c statement_timeout=20s -c idle_in_transaction_session_timeout=10s -c timezone=UTC"
    # Who waits for a lock and is gone stops waiting: what it holds meanwhile, nobody else can have.
    limits += " -c client_connection_check_interval=1s"
    return {
        "pool_size": settings.database_pool,
        "max_overflow": 5,
        "pool_pre_ping": False,
        "pool_recycle": 1800,
        "pool_timeout": 5,
        "hide_parameters": True,  # an error's text goes into logs; what was written does not
        "connect_args": {"options": limits, "connect_timeout": 5, "application_name": "bursar"},
    }
