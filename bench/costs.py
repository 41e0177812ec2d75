"""What something costs, whatever else the machine does: round trips, statements, plans, commits, WAL, processor."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import psycopg

from bench.arithmetic import percentile
from bench.place import DATABASE
from bench.wire import Wire

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
TYPICAL = 25  # percent


@dataclass(frozen=True)
class Cost:
    """What the application does at the database. `trips` are those of every connection, BEGIN and COMMIT included;
    `plans` how often PostgreSQL planned a statement, which is nought where it keeps a plan; `commits` are of
    transactions that may write, `readings` of those that only read; `wal_bytes` are its statements', without the
    records of commits. Milliseconds are of processor."""

    trips: float = 0
    statements: float = 0
    plans: float = 0
    commits: float = 0
    readings: float = 0
    wal_bytes: float = 0
    application_ms: float = 0
    database_ms: float = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(Cost)})

    def __truediv__(self, number: float) -> Cost:
        return Cost(**{each.name: getattr(self, each.name) / number for each in fields(Cost)})


def count(connection: psycopg.Connection[Any], wire: Wire | None, work: Callable[[], object]) -> Cost:
    """What the application does at the database during this work; round trips where it is on the wire. No processor."""
    reset(connection)
    before = wire.trips() if wire else 0
    work()
    trips = wire.trips() - before if wire else 0
    row = connection.execute(_COUNT, [DATABASE]).fetchone()
    connection.rollback()
    assert row is not None
    return Cost(trips, *(float(value) for value in row))


def reset(connection: psycopg.Connection[Any]) -> None:
    """Count statements from nought."""
    connection.execute("SELECT pg_stat_statements_reset()")
    connection.commit()


def typical(costs: Sequence[Cost]) -> Cost:
    """Of works that are all alike: a low value of each count, since what is done beside, such as writing the request
    log, falls upon some of them only."""
    return Cost(
        **{each.name: percentile(sorted(getattr(cost, each.name) for cost in costs), TYPICAL) for each in fields(Cost)}
    )


def processor_s(root: int) -> float:
    """Seconds of a process and everything that it started, whether it still runs or not."""
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
    SELECT coalesce(sum(calls) FILTER (WHERE query !~* '^(begin|commit|rollback|deallocate)'), 0),
           coalesce(sum(plans), 0),
           coalesce(sum(calls) FILTER (WHERE query ~* '^commit'), 0)
               - coalesce(sum(calls) FILTER (WHERE query ~* '^begin.*read only'), 0),
           coalesce(sum(calls) FILTER (WHERE query ~* '^begin.*read only'), 0),
           coalesce(sum(wal_bytes), 0)
    FROM pg_stat_statements WHERE toplevel
      AND dbid = (SELECT oid FROM pg_database WHERE datname = %s)
      AND userid IN (SELECT oid FROM pg_roles WHERE starts_with(rolname, 'bursar'))
"""
