"""The same order with 20,000 before it: its speed, what grew in its statements, and what lies dead in its tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, LiteralString

import psycopg

from bench.costs import reset
from bench.lifecycle import ready, stop
from bench.place import DATABASE, Place
from bench.report import Row
from bench.rounds import CLIENTS, GROWN, Sides

ORDERS = 20_000
ROOM = 0.1  # by which an order may become dearer, in processor time, which hardly depends on what else runs
GREW = 2.0  # times as many blocks: a statement is named
MIN_BLOCKS = 20.0
DEAD_SHARE, MIN_DEAD = 0.2, 1000
NAMED = 5


@dataclass(frozen=True)
class Look:
    """What the rounds gave: orders per second, milliseconds of processor for one, and blocks of each statement by its
    text, for one call."""

    per_s: float
    raw_per_s: float
    spent_ms: float
    blocks: Mapping[str, float]
    blocks_per_order: float


def measure(place: Place, print_line: Callable[[str], None]) -> list[Row]:
    """Twice the same rounds, and the orders between them: the rows that the application writes, by pgbench."""
    with psycopg.connect(place.admin()) as connection:
        _, sides = ready(place, connection, print_line, length=GROWN)
        fresh = _look(sides, print_line)
        print_line(f"  {ORDERS:,} orders")
        sides.raw("-t", str(ORDERS // CLIENTS))
        sides.warm(GROWN)
        grown = _look(sides, print_line)
        stop(place)
        dead = _dead(connection)
    return [*compared(fresh, grown), *dead]


def compared(fresh: Look, grown: Look) -> list[Row]:
    """The speed and the blocks of both looks, and the statements that grew most."""
    spent = grown.spent_ms / fresh.spent_ms
    of = f"fresh {fresh.spent_ms:.1f} ms; at most {1 + ROOM:.0%}"
    after = f"after {ORDERS:,} orders"
    rows = [
        Row(f"processor of an order {after}", grown.spent_ms, "ms", of, spent, is_broken=spent > 1 + ROOM),
        _beside(f"lifecycle {after}", grown.per_s, fresh.per_s, "orders/s"),
        _beside(f"raw SQL {after}", grown.raw_per_s, fresh.raw_per_s, "orders/s"),
        _beside(f"blocks of an order {after}", grown.blocks_per_order, fresh.blocks_per_order, ""),
    ]
    times = {
        query: blocks / max(fresh.blocks[query], 1.0)
        for query, blocks in grown.blocks.items()
        if query in fresh.blocks and blocks >= MIN_BLOCKS
    }
    for query, ratio in sorted(times.items(), key=lambda pair: -pair[1])[:NAMED]:
        if ratio >= GREW:
            text = " ".join(query.split())[:60]
            rows.append(_beside(f"blocks of: {text}", grown.blocks[query], fresh.blocks[query], ""))
    return rows


def _beside(name: str, grown: float, fresh: float, unit: str) -> Row:
    return Row(name, grown, unit, f"fresh {fresh:,.1f}", grown / fresh if fresh else None)


def _look(sides: Sides, print_line: Callable[[str], None]) -> Look:
    rounds = sides.measure(GROWN, print_line)
    reset(sides.connection)
    orders = sides.http(seconds=GROWN.seconds)["completed"]
    found = sides.connection.execute(_BLOCKS, [DATABASE]).fetchall()
    sides.connection.rollback()
    blocks = {query: total / calls for query, calls, total in found}
    total = sum(row[2] for row in found) / orders
    spent_ms = median(sum(each.values()) for each in rounds.spent_ms)
    return Look(median(rounds.http_per_s), median(rounds.raw_per_s), spent_ms, blocks, total)


def _dead(connection: psycopg.Connection[Any]) -> list[Row]:
    """Tables of which much is dead rows, in spite of autovacuum."""
    found = connection.execute(_DEAD, [MIN_DEAD, DEAD_SHARE]).fetchall()
    connection.rollback()
    return [Row(f"dead rows of {table}", dead, "rows", f"{live:,} live", dead / live) for table, dead, live in found]


_BLOCKS: LiteralString = """
    SELECT query, sum(calls)::float8, sum(shared_blks_hit + shared_blks_read)::float8 FROM pg_stat_statements
    WHERE toplevel AND dbid = (SELECT oid FROM pg_database WHERE datname = %s)
      AND userid IN (SELECT oid FROM pg_roles WHERE starts_with(rolname, 'bursar'))
    GROUP BY query HAVING sum(calls) > 0
"""
_DEAD: LiteralString = """
    SELECT relname, n_dead_tup, greatest(n_live_tup, 1) FROM pg_stat_user_tables
    WHERE n_dead_tup >= %s AND n_dead_tup >= n_live_tup * %s ORDER BY n_dead_tup DESC
"""
