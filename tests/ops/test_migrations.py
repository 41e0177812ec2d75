"""`flask db upgrade` and `flask db downgrade`, as the tables' owner (of the embedded server: no superuser)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

from sqlalchemy import create_engine, text

from ops.environment import OWNER_URL
from ops.paths import ROOT
from ops.testing import env as test_env
from ops.testing.run import Cluster
from tests import schema


def test_the_schema_can_be_taken_away_and_made_again(cluster: Cluster, new_database: Callable[[], str]) -> None:
    url = new_database()
    made = _schema(cluster, url)

    _flask(cluster, url, "db", "downgrade", "base")
    left = _schema(cluster, url)
    _flask(cluster, url, "db", "upgrade")

    assert not left
    assert len(made) > 1000
    assert _schema(cluster, url) == made


def test_rows_of_tables_in_parts_survive_both_ways(cluster: Cluster, new_database: Callable[[], str]) -> None:
    url = new_database()
    engine = create_engine(cluster.addresses(url)[OWNER_URL])
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE bursar_system"))
        connection.execute(text("SELECT bursar_make_parts(2)"))
        for months in (-20, 0, 2):
            connection.execute(_EXCHANGE, {"months": months})

    counts = []
    for arguments in (("downgrade", "0014"), ("upgrade",)):
        _flask(cluster, url, "db", *arguments)
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL ROLE bursar_system"))
            counts.append(connection.scalar(text("SELECT count(*) FROM channel_exchanges")))
    engine.dispose()

    assert counts == [3, 3]


_EXCHANGE = text(
    "INSERT INTO channel_exchanges (business_id, id, created_at, attempt_id, operation, method, url, request, response,"
    " duration_ms) SELECT gen_random_uuid(), bursar_first_id(at), at, gen_random_uuid(), 'create', 'POST', '', '', '',"
    " 1 FROM (SELECT now() + :months * interval '1 month' AS at) m"
)


def _schema(cluster: Cluster, url: str) -> set[str]:
    engine = create_engine(cluster.addresses(url)[OWNER_URL])
    with engine.connect() as connection:
        found = schema.everything_of(connection)
    engine.dispose()
    return found


def _flask(cluster: Cluster, url: str, *arguments: str) -> None:
    settings = {**test_env.fixed(), **cluster.addresses(url), "REDIS_URL": "redis://127.0.0.1:1/0"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
