"""The connections of this process to its database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine

from app.core.db import connect_to
from app.core.log import get_logger
from app.core.settings import Settings


def connect(settings: Settings, app: Engine | None = None) -> None:
    """Make the database of the settings that of every transaction of this process; `app` is what Flask has made for
    DATABASE_URL. Where one login does everything, it has one pool of connections, and the log says so."""
    app = app or create_engine(settings.database_url, **options(settings))
    if settings.database_system_url == settings.database_url:
        get_logger().warning("one_database_login", advice="docs/how-to/run-it.md, Logins of the database")
        connect_to(app, app)
    else:
        connect_to(app, create_engine(settings.database_system_url, **options(settings)))


def options(settings: Settings) -> dict[str, Any]:
    """What SQLAlchemy is to know besides the address."""
    # A lock or a statement that takes longer than this is given up: the caller is told to come again.
    limits = "-c lock_timeout=8s -c statement_timeout=20s -c idle_in_transaction_session_timeout=30s -c timezone=UTC"
    return {
        "pool_size": settings.database_pool,
        "max_overflow": 5,
        "pool_pre_ping": False,
        "pool_recycle": 1800,
        "pool_timeout": 5,
        "hide_parameters": True,  # an error's text goes into logs; what was written does not
        "connect_args": {"options": limits, "connect_timeout": 5, "application_name": "bursar"},
    }
