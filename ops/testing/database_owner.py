"""`python -m ops.testing.database_owner FOLDER OWNER`: holds the database server of one test run, and clears up behind
it.

Ends when the owner asks (the file `end`) or dies. With DATABASE_URL the server is that one, and only the databases
of this run are made and dropped there.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from ops import database
from ops.environment import OWNER_URL
from ops.paths import ROOT
from ops.postgres import APP_LOGIN, OWNER, SYSTEM_LOGIN, THROW_AWAY, Postgres
from ops.servers import with_driver
from ops.testing import env as test_env
from ops.testing.run import TEMPLATE, Cluster, is_long

LOGINS = {"DATABASE_URL": APP_LOGIN, "DATABASE_SYSTEM_URL": SYSTEM_LOGIN}
# Tables grow in a long run, and the planner needs fresh statistics, as it has in an installation.
LONG_RUN = {"autovacuum": "on", "autovacuum_naptime": "5s"}


def main(folder: Path, owner: int) -> None:
    server = None
    cluster = None
    try:
        url = os.environ.get("DATABASE_URL")
        if url:
            cluster = _external(url)
        else:
            server = Postgres(folder / "postgres", settings=THROW_AWAY | (LONG_RUN if is_long() else {}))
            server.start(folder / "postgres.log")
            database.ensure(server, "postgres")
            cluster = Cluster(
                "", server.dsn("postgres", user=OWNER), server.url("{database}"), LOGINS | {OWNER_URL: OWNER}
            )
            _let_drop(server.dsn("postgres"), OWNER, LOGINS.values())
        # An embedded server has its logins from its start.
        _make_template(cluster, ["db", "upgrade"], *([["make-logins"]] if url else []))
        if url:
            logins = [cluster.prefix + login for login in LOGINS.values()]
            _let_drop(cluster.admin, str(conninfo_to_dict(cluster.admin)["user"]), logins)
        _publish(folder, cluster)
        _wait_for_end(folder, owner)
    except Exception as error:  # the workers wait for word, whatever went wrong
        (folder / "failed").write_text(str(error))
        _wait_for_end(folder, owner)
    finally:
        if server:
            server.stop()
        elif cluster:
            _drop_all(cluster)
        shutil.rmtree(folder, ignore_errors=True)


def _external(url: str) -> Cluster:
    """The logins there are the run's own too, as an operator makes them: by `flask make-logins`."""
    parts = urlsplit(with_driver(url))
    plain = urlunsplit(("postgresql", *parts[1:]))
    prefix = f"bursar_test_{secrets.token_hex(4)}_"
    pattern = urlunsplit((parts.scheme, parts.netloc, "/{database}", parts.query, ""))
    logins = {setting: f"{prefix}{login}:{secrets.token_hex(16)}" for setting, login in LOGINS.items()}
    return Cluster(prefix, plain, pattern, logins | {OWNER_URL: parts.netloc.rpartition("@")[0]})


def _make_template(cluster: Cluster, *commands: list[str]) -> None:
    url = cluster.create(TEMPLATE, template=None)
    env = {**os.environ, **test_env.fixed(), **cluster.addresses(url), "REDIS_URL": "redis://127.0.0.1:1/0"}
    for command in commands:
        line = [sys.executable, "-m", "flask", "--app", "wsgi", *command]
        done = subprocess.run(line, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"`flask {' '.join(command)}` failed:\n" + (done.stderr or done.stdout)[-3000:])


def _let_drop(admin: str, owner: str, logins: Iterable[str]) -> None:
    """Whoever drops a database ends the connections that a killed process has left there."""
    with psycopg.connect(admin) as connection:
        for login in logins:
            connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(login), sql.Identifier(owner)))


def _publish(folder: Path, cluster: Cluster) -> None:
    new = folder / "ready.json.new"
    new.write_text(json.dumps(asdict(cluster)))
    new.rename(folder / "ready.json")


def _wait_for_end(folder: Path, owner: int) -> None:
    while not (folder / "end").exists() and _lives(owner):
        time.sleep(0.1)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _drop_all(cluster: Cluster) -> None:
    with psycopg.connect(cluster.admin, autocommit=True) as connection:
        ours = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [cluster.prefix]
        ).fetchall()
        for (name,) in ours:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        logins = connection.execute("SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [cluster.prefix])
        for (name,) in logins.fetchall():
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
