"""A database in trouble with its disk: really full, on a file system of a few megabytes, where this account may mount
one; and everywhere a server that takes no writes, as one does that is being moved or stands by."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ops.testing import run

MORE_BYTES = 8_000_000  # room above what the empty database takes


def may_mount(folder: Path) -> bool:
    """Whether this account may mount a file system, and the cluster is one of this machine."""
    if os.environ.get("DATABASE_URL"):
        return False
    with _mounted(folder / "try", 1_000_000) as mounted:
        return mounted


@contextmanager
def database_on(folder: Path, cluster: run.Cluster, name: str) -> Iterator[tuple[str, Path]]:
    """A migrated database all of whose tables lie on a small file system; its address, and the folder to fill."""
    owner = (Path(os.environ[run.FOLDER]) / "postgres" / "data").stat()
    with psycopg.connect(_admin(cluster), autocommit=True) as admin:
        size = admin.execute("SELECT pg_database_size('template')").fetchone()
        assert size is not None
        with _mounted(folder, int(size[0]) + MORE_BYTES) as mounted:
            assert mounted
            place = folder / "tables"
            place.mkdir(mode=0o700)
            os.chown(place, owner.st_uid, owner.st_gid)
            called = {"name": sql.Identifier(name), "place": sql.Literal(str(place))}
            admin.execute(sql.SQL("CREATE TABLESPACE {name} LOCATION {place}").format(**called))
            admin.execute(
                sql.SQL("CREATE DATABASE {name} TEMPLATE template OWNER bursar TABLESPACE {name}").format(**called)
            )
            try:
                yield cluster.url(name), folder
            finally:
                admin.execute(sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(**called))
                admin.execute(sql.SQL("DROP TABLESPACE {name}").format(**called))


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Not a byte is left."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError:
            pass
    yield
    ballast.unlink()


@contextmanager
def without_writes(cluster: run.Cluster, name: str) -> Iterator[None]:
    """The server answers questions and takes no writes."""
    _set(cluster, name, "on")
    yield
    _set(cluster, name, "off")


def _set(cluster: run.Cluster, name: str, value: str) -> None:
    with psycopg.connect(cluster.admin, autocommit=True) as admin:
        database = sql.Identifier(cluster.prefix + name)
        statement = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}")
        admin.execute(statement.format(database, sql.Literal(value)))
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [cluster.prefix + name],
        )


def _admin(cluster: run.Cluster) -> str:
    return make_conninfo(cluster.admin, user="postgres")


@contextmanager
def _mounted(folder: Path, size: int) -> Iterator[bool]:
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", str(folder)]
    done = (
        shutil.which("mount") is not None and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )
    try:
        yield done
    finally:
        if done:
            subprocess.run(["umount", "-l", str(folder)], check=True)
