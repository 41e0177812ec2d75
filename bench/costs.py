"""What one step of an order costs, whatever else the machine does: statements, round trips, commits, WAL, processor."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import psycopg

from bench.place import DATABASE, Place

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """For one order. COMMIT is a round trip as well; BEGIN travels with the statement that says who the transaction is
    for, and with the question whether an Idempotency-Key is still ours. `application_ms` is of the web processes, or of
    this one where the bench does the worker's part."""

    statements: float
    trips: float
    commits: float
    wal_bytes: float
    application_ms: float
    database_ms: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Cost)))


@contextmanager
def counting(
    place: Place, connection: psycopg.Connection[Any], step: str, counted: dict[str, Cost], *, orders: int
) -> Iterator[None]:
    """Count what the block costs, for each of its orders, as this step's. `deliver` is done in this process."""
    connection.execute("SELECT pg_stat_statements_reset()")
    connection.commit()
    before = _moment(place, connection, is_here=step == "deliver")
    yield
    after = _moment(place, connection, is_here=step == "deliver")
    row = connection.execute(_COUNT, [DATABASE]).fetchone()
    connection.rollback()
    assert row is not None
    every = [*map(float, row), *(late - early for early, late in zip(before, after, strict=True))]
    counted[step] = Cost(*(value / orders for value in every))


def _moment(place: Place, connection: psycopg.Connection[Any], *, is_here: bool) -> tuple[float, float, float]:
    """WAL bytes so far, and milliseconds of processor of the application and of the database."""
    row = connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn, pg_backend_pid()").fetchone()
    connection.rollback()
    assert row is not None
    server = int(Path(f"/proc/{row[1]}/stat").read_text().rpartition(")")[2].split()[1])
    here_s = time.process_time() if is_here else _processor_s(place.running["web"].pid)
    return float(row[0]), here_s * 1000, _processor_s(server) * 1000


def _processor_s(root: int) -> float:
    """Of a process and everything that it started, whether it still runs or not."""
    spent: dict[int, float] = {}
    children: defaultdict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            values = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        pid = int(path.parent.name)
        children[int(values[1])].append(pid)
        spent[pid] = sum(map(int, values[11:15])) * _TICK_S
    total, left = 0.0, [root]
    while left:
        pid = left.pop()
        total += spent.get(pid, 0.0)
        left += children[pid]
    return total


_COUNT = """
    SELECT coalesce(sum(calls) FILTER (WHERE query !~* '^(begin|commit|rollback)'), 0),
           coalesce(sum(calls) FILTER (WHERE query !~* '^begin' AND query !~ 'claimed_by = [^ ]+ FOR KEY SHARE$'), 0),
           coalesce(sum(calls) FILTER (WHERE query ~* '^commit'), 0)
    FROM pg_stat_statements WHERE toplevel
      AND dbid = (SELECT oid FROM pg_database WHERE datname = %s)
      AND userid IN (SELECT oid FROM pg_roles WHERE starts_with(rolname, 'bursar'))
"""
