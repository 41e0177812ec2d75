"""`python -m ops.testing.keeper FOLDER OWNER`: holds the database server of one test run, and clears up behind it.

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
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from ops import database
from ops.paths import ROOT
from ops.postgres import OWNER, THROW_AWAY, Postgres
from ops.servers import with_driver
from ops.testing import env as test_env
from ops.testing.run import TEMPLATE, Cluster, is_long

# Tables grow in a long run, and the planner must hear of it, as it does in an installation.
LONG_RUN = {"autovacuum": "on", "autovacuum_naptime": "5s"}


def main(folder: Path, owner: int) -> None:
    server = None
    cluster = None
    try:
        given = os.environ.get("DATABASE_URL")
        if given:
            cluster = _given(given)
        else:
            server = Postgres(folder / "postgres", settings=THROW_AWAY | (LONG_RUN if is_long() else {}))
            server.start(folder / "postgres.log")
            database.ensure(server, "postgres")
            cluster = Cluster("", server.dsn("postgres", user=OWNER), server.url("{database}"))
        _make_template(cluster)
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


def _given(url: str) -> Cluster:
    parts = urlsplit(with_driver(url))
    plain = urlunsplit(("postgresql", *parts[1:]))
    pattern = urlunsplit((parts.scheme, parts.netloc, "/{database}", parts.query, ""))
    return Cluster(f"bursar_test_{secrets.token_hex(4)}_", plain, pattern)


def _make_template(cluster: Cluster) -> None:
    url = cluster.create(TEMPLATE, template=None)
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    env = {**os.environ, **test_env.fixed(), "DATABASE_URL": url, "REDIS_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError("the migrations failed:\n" + (done.stderr or done.stdout)[-3000:])


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


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
