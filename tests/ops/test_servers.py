from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import redis

from ops import child, database
from ops.paths import ROOT
from ops.postgres import OWNER, THROW_AWAY, Postgres
from ops.redis import Redis
from ops.testing.run import Cluster


def test_database_keeps_its_rows_over_a_stop_and_start(run_folder: Path) -> None:
    server = Postgres(run_folder / "kept", settings=THROW_AWAY)
    server.start(run_folder / "kept.log")
    database.ensure(server, "shop")
    with psycopg.connect(server.dsn("shop", user=OWNER)) as connection:
        connection.execute("CREATE TABLE note AS SELECT 'here' AS text")
    server.stop()

    server.start(run_folder / "kept.log")
    with psycopg.connect(server.dsn("shop", user=OWNER)) as connection:
        found = connection.execute("SELECT text FROM note").fetchone()
    server.stop()

    assert found == ("here",)


def test_running_database_is_adopted_not_started_twice(run_folder: Path) -> None:
    first = Postgres(run_folder / "adopted", settings=THROW_AWAY)
    first.start(run_folder / "adopted.log")
    second = Postgres(run_folder / "adopted", settings=THROW_AWAY)

    started = second.start(run_folder / "adopted.log")
    second.stop()

    assert not started
    assert first.answers()
    first.stop()
    assert not first.answers()


def test_role_that_owns_the_tables_is_bound_by_row_level_security(cluster: Cluster) -> None:
    with psycopg.connect(cluster.admin) as connection:
        row = connection.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user").fetchone()

    assert row == (False, False)


def test_redis_keeps_its_values_over_a_stop_and_start(run_folder: Path) -> None:
    server = Redis(run_folder / "kept-redis")
    server.start(run_folder / "kept-redis.log")
    redis.Redis.from_url(server.url()).set("name", "bursar")
    server.stop()

    server.start(run_folder / "kept-redis.log")
    value = redis.Redis.from_url(server.url()).get("name")
    server.stop()

    assert value == b"bursar"


def test_servers_end_when_their_starter_is_killed(run_folder: Path) -> None:
    script = (
        "import signal, sys; from pathlib import Path; from ops.redis import Redis; folder = Path(sys.argv[1])\n"
        "server = Redis(folder); server.start(folder / 'log'); print(server.process.pid, flush=True); signal.pause()"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", script, str(run_folder / "orphan")], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert starter.stdout is not None
    server_pid = int(starter.stdout.readline())

    starter.send_signal(signal.SIGKILL)
    starter.wait()

    assert child.wait_until(lambda: not Path(f"/proc/{server_pid}/cwd").exists(), limit_s=60)


def test_nobody_runs_the_database_as_root(run_folder: Path) -> None:
    server = Postgres(run_folder / "as-whom", settings=THROW_AWAY)

    identity = server.place.identity

    assert identity.uid != 0 or identity.namespace
    assert os.geteuid() in (0, identity.uid)
