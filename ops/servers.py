"""The database and the Redis of this checkout: embedded, or what DATABASE_URL and REDIS_URL name."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from urllib.parse import urlsplit

from ops import database
from ops.backing import WatchedServer
from ops.console import OpsError, step
from ops.environment import OWNER_URL, log_file
from ops.paths import VAR
from ops.postgres import Postgres
from ops.redis import Redis

DATABASE = "bursar"
DATABASE_SETTINGS = ("DATABASE_URL", "DATABASE_SYSTEM_URL", OWNER_URL)
Show = Callable[[str], AbstractContextManager[None]]


@dataclass
class Servers:
    """Addresses to give to the processes, and what to stop at the end. Those of the database stand by the setting that
    holds each (see Postgres.addresses); of a server from outside, by those that were given."""

    database: dict[str, str]
    redis_url: str
    postgres: Postgres | None
    redis: Redis | None

    @property
    def owner_url(self) -> str:
        """The address under the login that owns the tables."""
        return self.database.get(OWNER_URL) or self.database["DATABASE_URL"]

    def watched(self) -> list[WatchedServer]:
        """Those that are ours to keep running."""
        return [
            WatchedServer(name, each) for name, each in (("postgres", self.postgres), ("redis", self.redis)) if each
        ]

    def stop(self) -> None:
        if self.redis:
            self.redis.stop()
        if self.postgres:
            self.postgres.stop()


def start(*, quiet: bool = False) -> Servers:
    """Start what is not given from outside."""
    show = _silent if quiet else step
    settings = {name: with_driver(os.environ[name]) for name in DATABASE_SETTINGS if os.environ.get(name)}
    servers = Servers(settings, os.environ.get("REDIS_URL", ""), None, None)
    try:
        _start_postgres(servers, show)
        _start_redis(servers, show)
    except BaseException:
        servers.stop()
        raise
    return servers


def _start_postgres(servers: Servers, show: Show) -> None:
    if "DATABASE_URL" in servers.database:
        for name, url in servers.database.items():
            _must_answer(name, url, 5432)
        return
    with show("Starting the database"):
        servers.postgres = Postgres(VAR / "postgres")
        servers.postgres.start(log_file("postgres"))
        database.ensure(servers.postgres, DATABASE)
    servers.database = servers.postgres.addresses(DATABASE)


def _start_redis(servers: Servers, show: Show) -> None:
    if servers.redis_url:
        _must_answer("REDIS_URL", servers.redis_url, 6379)
        return
    with show("Starting Redis"):
        servers.redis = Redis(VAR / "redis")
        servers.redis.start(log_file("redis"))
    servers.redis_url = servers.redis.url()


def with_driver(url: str) -> str:
    """`postgres://…` and `postgresql://…` with the driver we use."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else url


def _must_answer(name: str, url: str, default_port: int) -> None:
    """A server that is given must be there: say so before a dozen processes do."""
    parts = urlsplit(url)
    if not parts.hostname:
        return  # a socket file; the first connection will tell
    try:
        socket.create_connection((parts.hostname, parts.port or default_port), timeout=10).close()
    except OSError as error:
        where = f"{parts.hostname}:{parts.port or default_port}"
        raise OpsError(f"nothing responds at {where} from {name} ({error.strerror or error}).") from error


def _silent(text: str) -> AbstractContextManager[None]:
    del text
    return nullcontext()
