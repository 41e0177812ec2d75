"""create → pay notice → fulfilled → completed, over HTTP with every process running; and the same rows by raw SQL."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from statistics import median
from typing import Any

import psycopg

from app.core import outbox
from app.core.ids import parse
from app.workflow.operations.subscribers import SUBSCRIBERS
from bench import rows as tables_of
from bench.costs import Cost, counting
from bench.load import Client
from bench.place import DATABASE, HOST, Place
from bench.raw import Script
from bench.report import Row
from bench.rows import Table, TableSnapshot
from bench.shops import BenchShop, open_shop
from ops import child, processes
from ops.paths import ROOT
from ops.postgres import OWNER

CLIENTS = 16
SHOPS = 8
ROUNDS = 2
SECONDS = 8.0
SAMPLES = 60

GOAL_RATIO = 0.25


@dataclass
class Rounds:
    """What the rounds measured on both sides."""

    over_http: list[dict[str, Any]] = field(default_factory=list)
    raw_per_s: list[float] = field(default_factory=list)
    rows_over_http: list[float] = field(default_factory=list)
    rows_raw: list[float] = field(default_factory=list)

    @property
    def http_per_s(self) -> list[float]:
        return [each["completed"] / each["seconds"] for each in self.over_http]


def measure(place: Place, print_line: Callable[[str], None]) -> list[Row]:
    """The whole comparison. The web server runs; worker and relay are started here."""
    shops = [open_shop(place.company_url) for _ in range(SHOPS)]
    print_line("  reading what rows an order consists of")
    with psycopg.connect(place.admin()) as connection:
        known = tables_of.tables(connection)
        scripts = [_script(place, connection, known, shop) for shop in shops]
        steps = costs(place, connection, shops[0])
        place.start(processes.WORKER, processes.RELAY)
        rounds = _alternate(place, connection, known, shops=shops, scripts=scripts, print_line=print_line)
        place.stop("relay", "worker")
        effect_s = _from_paid_to_fulfilled(connection)
    return _measurements(rounds, steps, effect_s)


def _script(place: Place, connection: psycopg.Connection[Any], known: list[Table], shop: BenchShop) -> str:
    """One real order, looked at after each step, as a pgbench script."""
    client = _client(place, shop)
    _one_order(client, lambda: None)  # the first order of a shop also makes its ledger accounts
    business_id = uuid.UUID(shop.business_id)
    looks: list[TableSnapshot] = []

    def look() -> None:
        looks.append(tables_of.snapshot(connection, known, business_id))

    began = datetime.now(UTC)
    look()
    _one_order(client, look)
    return Script(known, looks, business_id, began=began).text()


def _one_order(client: Client, after_step: Callable[[], None]) -> None:
    """Place, pay, deliver and complete one order; the worker's part is done here, so nothing overtakes."""
    order = client.create()
    after_step()
    client.notify(order)
    after_step()
    outbox.drain(uuid.UUID(client.shop["business_id"]), SUBSCRIBERS)
    client.waiting.append((0.0, order["id"]))
    assert client.complete(), "the order was not delivered"
    after_step()
    assert parse("ord", order["id"])


def _client(place: Place, shop: BenchShop) -> Client:
    return Client({"host": HOST, "port": place.web_port, "shops": [shop.as_json()]}, 0)


def costs(place: Place, connection: psycopg.Connection[Any], shop: BenchShop) -> dict[str, Cost]:
    """What each step costs, by asking the database and the system."""
    connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    connection.commit()
    client = _client(place, shop)
    counted: dict[str, Cost] = {}
    orders: list[dict[str, Any]] = []
    count = partial(counting, place, connection, counted=counted, orders=SAMPLES)
    with count("create"):
        orders += [client.create() for _ in range(SAMPLES)]
    with count("notice"):
        for order in orders:
            client.notify(order)
    with count("deliver"):
        outbox.drain(uuid.UUID(shop.business_id), SUBSCRIBERS)
    with count("complete"):
        for order in orders:
            client.waiting.append((0.0, order["id"]))
            assert client.complete(), "the order was not delivered"
    return counted


def _alternate(
    place: Place,
    connection: psycopg.Connection[Any],
    known: list[Table],
    *,
    shops: list[BenchShop],
    scripts: list[str],
    print_line: Callable[[str], None],
) -> Rounds:
    rounds = Rounds()
    _over_http(place, shops, seconds=2.0)  # warm: connections, plans, caches
    for number in range(ROUNDS):
        before = tables_of.counts(connection, known)
        driven = _over_http(place, shops, seconds=SECONDS)
        between = tables_of.counts(connection, known)
        per_s, done = _raw(place, scripts)
        after = tables_of.counts(connection, known)
        rounds.over_http.append(driven)
        rounds.raw_per_s.append(per_s)
        rounds.rows_over_http.append(_more(before, between) / driven["completed"])
        rounds.rows_raw.append(_more(between, after) / done)
        print_line(f"  round {number + 1}: {rounds.http_per_s[-1]:.0f}/s over HTTP, {per_s:.0f}/s raw SQL")
    return rounds


def _more(before: dict[str, int], after: dict[str, int]) -> int:
    return sum(after.values()) - sum(before.values())


def _over_http(place: Place, shops: list[BenchShop], *, seconds: float) -> dict[str, Any]:
    plan = {
        "host": HOST,
        "port": place.web_port,
        "clients": CLIENTS,
        "seconds": seconds,
        "patience_s": 0.5,
        "shops": [shop.as_json() for shop in shops],
    }
    command = [sys.executable, "-m", "bench.load"]
    done = subprocess.run(command, input=json.dumps(plan), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the clients failed:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout))


def _raw(place: Place, scripts: list[str]) -> tuple[float, int]:
    """Lifecycles per second by pgbench, and how many."""
    command: list[Any] = [place.postgres.place.bin / "pgbench", "-n", "-M", "prepared", "-U", OWNER]
    command += [
        "-h",
        place.postgres.sockets,
        "-c",
        str(CLIENTS),
        "-j",
        str(os.cpu_count() or 2),
        "-T",
        str(int(SECONDS)),
    ]
    for number, script in enumerate(scripts):
        path = place.folder / f"lifecycle-{number}.sql"
        path.write_text(script)
        path.chmod(0o644)
        command += ["-f", path]
    done = child.run([*command, DATABASE])
    if done.returncode or "aborted" in done.stderr:
        raise RuntimeError(f"pgbench failed:\n{done.stderr[-3000:]}")
    per_s = re.search(r"tps = ([\d.]+)", done.stdout)
    count = re.search(r"transactions actually processed: (\d+)", done.stdout)
    assert per_s is not None
    assert count is not None
    return float(per_s[1]), int(count[1])


def _from_paid_to_fulfilled(connection: psycopg.Connection[Any]) -> tuple[float, float]:
    """Median and 95th percentile in seconds, under the load of the rounds."""
    row = connection.execute(
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY took), percentile_cont(0.95) WITHIN GROUP (ORDER BY took)"
        " FROM (SELECT extract(epoch FROM fulfilled_at - paid_at)::float8 AS took FROM orders"
        " WHERE fulfilled_at > paid_at) taken"
    ).fetchone()
    connection.rollback()
    assert row is not None
    return float(row[0]), float(row[1])


def _measurements(rounds: Rounds, steps: dict[str, Cost], effect_s: tuple[float, float]) -> list[Row]:
    http, raw = median(rounds.http_per_s), median(rounds.raw_per_s)
    measurements = [
        Row("lifecycle over HTTP", http, "orders/s", f"raw SQL {raw:.0f}/s; goal {GOAL_RATIO}", http / raw),
        Row("lifecycle by raw SQL", raw, "orders/s", f"{CLIENTS} pgbench clients"),
        Row("rows per order, application", median(rounds.rows_over_http), "rows"),
        Row("rows per order, raw SQL", median(rounds.rows_raw), "rows"),
    ]
    for step, goal_ms in (("create", 60.0), ("notice", 100.0), ("complete", None)):
        seconds = sorted(value for each in rounds.over_http for value in each[f"{step}_s"])
        for percent in (50, 99):
            value = percentile(seconds, percent) * 1000
            goal = goal_ms if percent == 99 else None
            ratio = value / goal if goal else None
            measurements.append(Row(f"{step}, p{percent}", value, "ms", f"goal {goal:.0f} ms" if goal else "", ratio))
    measurements.append(Row("paid to delivered under load, p50", effect_s[0], "s"))
    measurements.append(Row("paid to delivered under load, p95", effect_s[1], "s"))
    for step, cost in (*steps.items(), ("order", sum(steps.values(), start=Cost(0, 0, 0, 0, 0, 0)))):
        measurements += [
            Row(f"{step}: statements", cost.statements, "", "without BEGIN and COMMIT"),
            Row(f"{step}: round trips", cost.trips, ""),
            Row(f"{step}: commits", cost.commits, ""),
            Row(f"{step}: WAL", cost.wal_bytes, "bytes"),
            Row(f"{step}: application", cost.application_ms, "ms of CPU"),
            Row(f"{step}: database", cost.database_ms, "ms of CPU"),
        ]
    return measurements


def percentile(ordered: list[float], percent: int) -> float:
    """The value below which so many percent lie; `ordered` is sorted."""
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0
