"""How long an order's requests take when buyers come at their own pace, whether or not we keep up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

from bench.arithmetic import percentile
from bench.clients import drive
from bench.place import Place
from bench.report import Row
from bench.shops import BenchShop

FIXED_PER_S = 40.0
SHARE = 0.7  # of what the closed loop reached
SECONDS = 20.0
CLIENTS = 48
GOALS_MS = {"create": 60.0, "notice": 100.0}
_DELIVERY = """
    SELECT extract(epoch FROM fulfilled_at - paid_at)::float8 FROM orders
    WHERE business_id = ANY(%s) AND created_at >= to_timestamp(%s) AND paid_at IS NOT NULL ORDER BY 1
"""


def measure(
    place: Place,
    shops: list[BenchShop],
    connection: psycopg.Connection[Any],
    *,
    maximum_per_s: float,
    print_line: Callable[[str], None],
) -> list[Row]:
    """At a fixed rate and at a share of the maximum. All processes run."""
    rows = []
    for name, per_s in ((f"{FIXED_PER_S:.0f}/s", FIXED_PER_S), (f"{SHARE:.0%} of the maximum", SHARE * maximum_per_s)):
        print_line(f"  orders that come at {per_s:.1f}/s")
        done = drive("arrivals", place, shops, clients=CLIENTS, seconds=SECONDS, rate_per_s=per_s)
        took_s = connection.execute(_DELIVERY, [[shop.business_id for shop in shops], done["began_at"]]).fetchall()
        connection.rollback()
        rows += _rows(name, per_s, done, [row[0] for row in took_s if row[0] is not None])
    return rows


def _rows(name: str, per_s: float, done: dict[str, Any], delivery_s: list[float]) -> list[Row]:
    said = f"{per_s:.1f}/s, {done['planned']} planned, {done['completed']} completed, {done['failed']} failed"
    rows = []
    for step in ("create", "notice", "complete"):
        goal_ms = GOALS_MS.get(step)
        for percent in (50, 99):
            value_ms = percentile(done[f"{step}_s"], percent) * 1000
            ratio = value_ms / goal_ms if goal_ms and percent == 99 else None
            of = f"{said}; goal {goal_ms:.0f} ms" if ratio else said
            rows.append(Row(f"{step} at {name}, p{percent}", value_ms, "ms", of, ratio))
    rows += [
        Row(f"paid to delivered at {name}, p{percent}", percentile(delivery_s, percent), "s") for percent in (50, 95)
    ]
    return rows
