"""Rounds of the application's orders over HTTP and of the same rows by raw SQL, in turns, on one warm database."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any, LiteralString

import psycopg

from bench import costs
from bench import rows as tables_of
from bench.arithmetic import paired_ratio, turns
from bench.clients import drive
from bench.costs import Cost
from bench.place import DATABASE, Place
from bench.rows import Table
from bench.shops import BenchShop
from ops import child, processes
from ops.postgres import OWNER

CLIENTS = 16
_SIZE = "SELECT pg_database_size(current_database())"
_WAL = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
ROOM_ROWS = 0.3  # for an order: what is in the middle of being written when the rows are counted
PROGRAMS = (processes.WORKER, processes.RELAY)
_PROGRESS = re.compile(r"^progress: [\d.]+ s, ([\d.]+) tps", re.MULTILINE)


@dataclass(frozen=True)
class Length:
    """How long and how often, at how many shops. `known_orders` come before the ANALYZE: of fewer rows the planner
    believes that it is cheaper to read a table than its index, and plans are kept. `warm_orders` come after it, and let
    every connection use its statements a dozen times, as `warm_raw_s` does those of pgbench, whose connections are new
    in each round."""

    shops: int
    rounds: int
    seconds: float
    known_orders: int
    warm_orders: int
    warm_raw_s: int


FULL = Length(shops=8, rounds=8, seconds=8.0, known_orders=600, warm_orders=800, warm_raw_s=5)
SHORT = Length(shops=4, rounds=2, seconds=3.0, known_orders=600, warm_orders=60, warm_raw_s=1)
GROWN = Length(shops=8, rounds=4, seconds=6.0, known_orders=600, warm_orders=400, warm_raw_s=3)
PEERS = Length(shops=4, rounds=4, seconds=6.0, known_orders=600, warm_orders=200, warm_raw_s=0)


@dataclass
class Rounds:
    """What the rounds measured on both sides. For one order: `rows_…` by table, `spent_ms` of processor by process (of
    raw SQL, the database's), and `costs`, whose WAL is the whole server's here."""

    over_http: list[dict[str, Any]] = field(default_factory=list)
    raw_per_s: list[float] = field(default_factory=list)
    rows_over_http: list[dict[str, float]] = field(default_factory=list)
    rows_raw: list[dict[str, float]] = field(default_factory=list)
    spent_ms: list[dict[str, float]] = field(default_factory=list)
    raw_spent_ms: list[float] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    disk_bytes: list[float] = field(default_factory=list)

    @property
    def http_per_s(self) -> list[float]:
        return [each["completed"] / each["seconds"] for each in self.over_http]

    @property
    def ratio(self) -> float:
        """The application's orders per second ÷ those of raw SQL."""
        return paired_ratio(self.http_per_s, self.raw_per_s)

    @property
    def processor_ratio(self) -> float:
        """The processor's time for an order by raw SQL ÷ that of all processes of the application: nearly the same as
        `ratio` where nothing else runs, and still the same where something does."""
        return median(self.raw_spent_ms) / median(sum(each.values()) for each in self.spent_ms)

    def differing_tables(self) -> dict[str, tuple[float, float]]:
        """Tables of which an order leaves more or fewer rows here than there: how many here, and how many there."""
        both = {
            name: (median(each[name] for each in self.rows_over_http), median(each[name] for each in self.rows_raw))
            for name in self.rows_over_http[0]
        }
        return {name: pair for name, pair in both.items() if abs(pair[0] - pair[1]) > ROOM_ROWS}


class Sides:
    """Both sides of the comparison, on one place."""

    def __init__(
        self, place: Place, connection: psycopg.Connection[Any], *, shops: list[BenchShop], scripts: list[str]
    ) -> None:
        self.place, self.connection, self.shops = place, connection, shops
        self.known: list[Table] = tables_of.tables(connection)
        self.paths = []
        for number, script in enumerate(scripts):
            path = place.folder / f"lifecycle-{number}.sql"
            path.write_text(script)
            path.chmod(0o644)
            self.paths.append(path)

    def warm(self, length: Length) -> None:
        """Let the planner know what the tables are like, and every connection have its plans after that."""
        self._orders(length.known_orders, seconds=length.seconds / 2)
        self.connection.rollback()
        self.connection.autocommit = True
        self.connection.execute("ANALYZE")
        self.connection.autocommit = False
        self._orders(length.warm_orders, seconds=length.seconds / 2)

    def _orders(self, wanted: int, *, seconds: float) -> None:
        done = 0
        while done < wanted:
            done += self.http(seconds=seconds)["completed"]

    def measure(self, length: Length, print_line: Callable[[str], None]) -> Rounds:
        """All rounds; web, worker, relay and scheduler run."""
        rounds = Rounds()
        for number, (first, second) in enumerate(turns(self._http_round, self._raw_round, length.rounds)):
            first(rounds, length)
            second(rounds, length)
            line = f"{rounds.http_per_s[-1]:.1f}/s over HTTP, {rounds.raw_per_s[-1]:.0f}/s raw SQL"
            print_line(f"  round {number + 1} of {length.rounds}: {line}")
        return rounds

    def http(self, *, seconds: float) -> dict[str, Any]:
        """The application's side."""
        return drive("load", self.place, self.shops, clients=CLIENTS, seconds=seconds)

    def raw(self, *arguments: str) -> str:
        """The raw side: what pgbench prints."""
        command: list[Any] = [self.place.postgres.place.bin / "pgbench", "-n", "-M", "prepared", "-U", OWNER]
        command += ["-h", self.place.postgres.sockets, "-c", str(CLIENTS), "-j", str(os.cpu_count() or 2)]
        command += [*arguments, *(part for path in self.paths for part in ("-f", path))]
        done = child.run([*command, DATABASE])
        if done.returncode or "aborted" in done.stderr:
            raise RuntimeError(f"pgbench failed:\n{done.stderr[-3000:]}")
        return done.stdout + done.stderr

    def _http_round(self, rounds: Rounds, length: Length) -> None:
        before, spent_s, size, wal = self._counts(), self._processors_s(), self._ask(_SIZE), self._ask(_WAL)

        def drive_and_wait() -> None:
            rounds.over_http.append(self.http(seconds=length.seconds))
            time.sleep(1.0)  # for the request log, which is written beside

        cost = costs.count(self.connection, None, drive_and_wait)
        orders = rounds.over_http[-1]["completed"]
        rounds.costs.append(replace(cost, wal_bytes=self._ask(_WAL) - wal) / orders)
        rounds.spent_ms.append(
            {name: (now_s - spent_s[name]) * 1000 / orders for name, now_s in self._processors_s().items()}
        )
        rounds.disk_bytes.append((self._ask(_SIZE) - size) / orders)
        rounds.rows_over_http.append(_more(before, self._counts(), orders))

    def _raw_round(self, rounds: Rounds, length: Length) -> None:
        before, spent_s = self._counts(), costs.processor_s(self.place.postgres_pid)
        output = self.raw("-T", str(length.warm_raw_s + int(length.seconds)), "-P", "1")
        per_s, orders = read_pgbench(output, warm_s=length.warm_raw_s)
        rounds.raw_per_s.append(per_s)
        rounds.raw_spent_ms.append((costs.processor_s(self.place.postgres_pid) - spent_s) * 1000 / orders)
        rounds.rows_raw.append(_more(before, self._counts(), orders))

    def _counts(self) -> dict[str, int]:
        return tables_of.counts(self.connection, self.known)

    def _processors_s(self) -> dict[str, float]:
        assert self.place.redis.process is not None
        pids = {name: self.place.running[name].pid for name in ("web", *(each.name for each in PROGRAMS))}
        pids |= {"database": self.place.postgres_pid, "redis": self.place.redis.process.pid}
        return {name: costs.processor_s(pid) for name, pid in pids.items()}

    def _ask(self, query: LiteralString) -> int:
        row = self.connection.execute(query).fetchone()
        self.connection.rollback()
        assert row is not None
        return int(row[0])


def read_pgbench(output: str, *, warm_s: int) -> tuple[float, int]:
    """Transactions per second once it was warm, and how many there were in all. One line of progress is one second.

    Raises:
        RuntimeError: nothing of this is in its output.
    """
    seconds = [float(each) for each in _PROGRESS.findall(output)][warm_s:]
    count = re.search(r"transactions actually processed: (\d+)", output)
    if not seconds or count is None:
        raise RuntimeError(f"pgbench did not say how fast it was:\n{output[-1000:]}")
    return sum(seconds) / len(seconds), int(count[1])


def _more(before: dict[str, int], after: dict[str, int], orders: int) -> dict[str, float]:
    return {name: (after[name] - before[name]) / orders for name in after}
