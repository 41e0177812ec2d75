"""One run of the tests: its folder in memory where that is roomy, and the database owner that holds its database
server."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from ops import child
from ops.console import OpsError
from ops.paths import ROOT

FOLDER = "BURSAR_TEST_RUN"  # the environment's word for it, inherited by the workers of pytest-xdist
ROOMY_BYTES = 1_000_000_000
READY_LIMIT_S = 180
TEMPLATE = "template"


def is_long() -> bool:
    """Whether this run takes its time: the tests marked `long` too."""
    return os.environ.get("TEST_PROFILE") == "long"


def open_folder() -> Path:
    """Make the run's folder and pass its path to the workers, who come after us."""
    shared = Path("/dev/shm")  # noqa: S108
    roomy = shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > ROOMY_BYTES
    folder = Path(tempfile.mkdtemp(prefix="bursar-test-", dir=shared if roomy else None))
    folder.chmod(0o711)  # the database's account passes through
    os.environ[FOLDER] = str(folder)
    return folder


def close_folder(folder: Path) -> None:
    """End the database owner, if one was needed, and remove everything."""
    pid_file = folder / "database_owner.pid"
    if pid_file.exists():
        (folder / "end").touch()
        child.wait_until(lambda: not folder.exists(), limit_s=30)
    shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Cluster:
    """The database server of this run. Names are made the run's own, so that a given server may be shared."""

    prefix: str
    admin: str  # libpq address from which databases are made
    pattern: str  # SQLAlchemy address with {database}
    logins: dict[str, str]  # setting → the login (and password) of its address, as it stands there before the @

    def url(self, database: str, setting: str = "DATABASE_URL") -> str:
        """The address of a database under the login of a setting."""
        there = self.pattern.replace("{database}", quote(self.prefix + database))
        return self._under(there, setting)

    def addresses(self, url: str) -> dict[str, str]:
        """The settings of the database that `url` (of `create`, or by way of a proxy) names: each login's address."""
        return {setting: self._under(url, setting) for setting in self.logins}

    def _under(self, url: str, setting: str) -> str:
        scheme, rest = url.split("://", 1)
        return f"{scheme}://{self.logins[setting]}@{rest.rpartition('@')[2]}"

    def create(self, database: str, *, template: str | None = TEMPLATE) -> str:
        """A new database, a copy of the migrated template by default; its address."""
        name = sql.Identifier(self.prefix + database)
        source = sql.Identifier(self.prefix + template if template else "template0")
        with psycopg.connect(self.admin, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, source))
        return self.url(database)

    def drop(self, database: str) -> None:
        with psycopg.connect(self.admin, autocommit=True) as connection:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(self.prefix + database)))


def cluster() -> Cluster:
    """The run's cluster; whoever asks first starts its database owner.

    Raises:
        OpsError: the server or its migrations failed.
    """
    folder = Path(os.environ[FOLDER])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "database_owner.pid").exists():
            _start_database_owner(folder)
    answer = folder / "ready.json"
    failed = folder / "failed"
    if not child.wait_until(lambda: answer.exists() or failed.exists(), limit_s=READY_LIMIT_S):
        raise OpsError("the database of the tests did not come up in time")
    if failed.exists():
        raise OpsError(f"the database of the tests could not be made:\n{failed.read_text()}")
    return Cluster(**json.loads(answer.read_text()))


def _start_database_owner(folder: Path) -> None:
    """Apart from us, since it serves all workers: it ends with the process that owns the run."""
    owner = os.environ.get("PYTEST_XDIST_WORKER") and os.getppid() or os.getpid()
    with (folder / "database_owner.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops.testing.database_owner", str(folder), str(owner)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    (folder / "database_owner.pid").write_text(str(process.pid))
