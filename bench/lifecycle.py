"""create → pay notice → fulfilled → completed, over HTTP with every process running; and the same rows by raw SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from statistics import median
from typing import Any

import psycopg

from bench import budget, history, one_order, open_rates, report
from bench import rows as tables_of
from bench.arithmetic import percentile
from bench.costs import Cost
from bench.place import Place
from bench.report import Row
from bench.rounds import CLIENTS, FULL, PROGRAMS, SHORT, Length, Rounds, Sides
from bench.shops import BenchShop, open_shop

Print = Callable[[str], None]

GOAL_RATIO = 0.25
RATIO = "lifecycle ÷ raw SQL"
SHORT_RATIO = f"{RATIO}, short"
PROCESSOR_RATIO = "processor of raw SQL ÷ of lifecycle, short"
FLOOR = 0.5  # of the usual ratio on a machine of this kind


def measure(place: Place, print_line: Print) -> list[Row]:
    """The whole comparison, at its own pace and at open rates, and what an order costs. The web server runs; the other
    processes are started here."""
    with psycopg.connect(place.admin()) as connection:
        shops, sides = ready(place, connection, print_line, length=FULL)
        rounds = sides.measure(FULL, print_line)
        fastest_per_s = median(rounds.http_per_s)
        rates = open_rates.measure(place, shops, connection, maximum_per_s=fastest_per_s, print_line=print_line)
        stop(place)
        steps = one_order.costs(place, connection, shops[0])
    return [*ratio_rows(rounds), *rates, *under_load(rounds), *step_rows(steps), *budget.rows(steps)]


def measure_short(place: Place, print_line: Print) -> list[Row]:
    """The ratio and the counts only, in less than a minute: what a change may be refused for, on a busy machine too."""
    usual = history.usual(PROCESSOR_RATIO, report.machine())
    with psycopg.connect(place.admin()) as connection:
        shops, sides = ready(place, connection, print_line, length=SHORT)
        rounds = sides.measure(SHORT, print_line)
        stop(place)
        steps = one_order.costs(place, connection, shops[0])
    ratios = [Row(SHORT_RATIO, rounds.ratio, ""), floor_row(rounds.processor_ratio, usual)]
    return [*ratios, *step_rows(steps), *budget.rows(steps)]


def ready(
    place: Place, connection: psycopg.Connection[Any], print_line: Print, *, length: Length
) -> tuple[list[BenchShop], Sides]:
    """Shops, and both sides of the comparison, warm, with every process running."""
    print_line("  reading what rows an order consists of")
    shops = [open_shop(place.company_url) for _ in range(length.shops)]
    scripts = one_order.scripts(place, connection, tables_of.tables(connection), shops)
    place.start(*PROGRAMS)
    sides = Sides(place, connection, shops=shops, scripts=scripts)
    print_line("  warming connections, plans and statistics")
    sides.warm(length)
    return shops, sides


def stop(place: Place) -> None:
    """Stop what `ready` started."""
    place.stop(*(each.name for each in reversed(PROGRAMS)))


def floor_row(ratio: float, usual: float | None) -> Row:
    """The ratio of processor time beside the usual one; broken when it fell under half of that."""
    if usual is None:
        return Row(PROCESSOR_RATIO, ratio, "", "no short run on a machine of this kind in bench/history.jsonl")
    return Row(PROCESSOR_RATIO, ratio, "", f"usually {usual:.3f}", ratio / usual, is_broken=ratio < FLOOR * usual)


def ratio_rows(rounds: Rounds) -> list[Row]:
    """Both sides' speed, and whether they write the same."""
    every = [sum(each.values()) for each in rounds.rows_over_http]
    found = [
        Row(RATIO, rounds.ratio, "", f"goal {GOAL_RATIO}; {len(rounds.raw_per_s)} rounds", rounds.ratio / GOAL_RATIO),
        Row("lifecycle over HTTP", median(rounds.http_per_s), "orders/s", f"{CLIENTS} clients"),
        Row("lifecycle by raw SQL", median(rounds.raw_per_s), "orders/s", f"{CLIENTS} pgbench clients"),
        Row("rows per order, application", median(every), "rows"),
        Row("rows per order, raw SQL", median(sum(each.values()) for each in rounds.rows_raw), "rows"),
    ]
    for table, (ours, theirs) in rounds.differing_tables().items():
        found.append(Row(f"rows per order in {table}", ours, "rows", f"raw SQL {theirs:.1f}"))
    return found


def under_load(rounds: Rounds) -> list[Row]:
    """What an order costs while many are made, by process; and how long its requests take in the closed loop, where
    each client waits for its answer before it sends more."""
    found = []
    for step in ("create", "notice", "complete"):
        seconds = sorted(value for each in rounds.over_http for value in each[f"{step}_s"])
        found += [
            Row(f"{step} in the closed loop, p{percent}", percentile(seconds, percent) * 1000, "ms")
            for percent in (50, 99)
        ]
    spent = {name: median(each[name] for each in rounds.spent_ms) for name in rounds.spent_ms[0]}
    found += [Row(f"order under load: {name}", value, "ms of CPU") for name, value in spent.items()]
    found.append(Row("order under load: all processes", sum(spent.values()), "ms of CPU"))
    found.append(Row("lifecycle by raw SQL: database", median(rounds.raw_spent_ms), "ms of CPU"))
    for measure_name in ("statements", "plans", "commits", "readings", "wal_bytes"):
        value = median(getattr(each, measure_name) for each in rounds.costs)
        found.append(Row(f"order under load: {budget.words(measure_name)}", value, ""))
    found.append(Row("order under load: disk", median(rounds.disk_bytes), "bytes", "tables and indexes as they grow"))
    return found


def step_rows(steps: Mapping[str, Cost]) -> list[Row]:
    """What each step costs, one order after another."""
    return [
        Row(f"{step}: {budget.words(each.name)}", getattr(cost, each.name), "")
        for step, cost in budget.whole(steps).items()
        for each in fields(Cost)
    ]
