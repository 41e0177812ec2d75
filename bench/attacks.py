"""Paying alone and beside each attacker, in turns: the slowest hundredth of both, and their ratio."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bench.attackers import ATTACKERS
from bench.lifecycle import percentile
from bench.place import HOST, Place
from bench.report import Row
from bench.shops import BenchShop, open_shop
from ops.paths import ROOT

SOCKETS = 200
CLIENTS = 2
SECONDS = 6.0
ROUNDS = 3
GOAL_RATIO = 1.5


def measure(place: Place, say: Callable[[str], None]) -> list[Row]:
    """An order placed and its notice heard, by a few clients. Each attack is measured between two times alone."""
    shop, attacker = (open_shop(place.company_url) for _ in range(2))
    plan = {
        "host": HOST,
        "port": place.web_port,
        "sockets": SOCKETS,
        "shop": shop.as_json(),
        "attacker": attacker.as_json(),
    }
    _pay(place, shop, seconds=2.0)  # warm: connections, plans, caches
    alone: list[float] = []
    beside: dict[str, list[float]] = {name: [] for name in ATTACKERS}
    for number in range(ROUNDS):
        for name in ATTACKERS:
            alone += _pay(place, shop, seconds=SECONDS / 2)
            with attacked(name, plan):
                beside[name] += _pay(place, shop, seconds=SECONDS)
        say(f"  round {number + 1}: paying alone takes {_p99_ms(alone):.0f} ms at p99")
    rows = [
        Row("paying alone, p99", _p99_ms(alone), "ms", f"order and notice, {CLIENTS} clients, {len(alone)} of them")
    ]
    for name, took_s in beside.items():
        ratio, of = _p99_ms(took_s) / _p99_ms(alone), f"p99 alone; goal {GOAL_RATIO}; {len(took_s)} of them"
        rows.append(Row(f"paying beside {name}, p50", percentile(sorted(took_s), 50) * 1000, "ms"))
        rows.append(Row(f"paying beside {name}, p99", _p99_ms(took_s), "ms", of, ratio))
    return rows


@contextmanager
def attacked(name: str, plan: dict[str, Any]) -> Iterator[None]:
    """The attack goes on inside."""
    command = [sys.executable, "-m", "bench.attackers", name]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(plan) + "\n")
    process.stdin.flush()
    try:
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"{name} did not begin")
        yield
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _pay(place: Place, shop: BenchShop, *, seconds: float) -> list[float]:
    """Seconds that each took."""
    plan = {
        "host": HOST,
        "port": place.web_port,
        "what": "paid",
        "clients": CLIENTS,
        "seconds": seconds,
        "shops": [shop.as_json()],
    }
    command = [sys.executable, "-m", "bench.steady"]
    done = subprocess.run(command, input=json.dumps(plan), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the clients failed:\n{done.stderr[-2000:]}")
    return [float(value) for value in json.loads(done.stdout)["took_s"]]


def _p99_ms(took_s: list[float]) -> float:
    return percentile(sorted(took_s), 99) * 1000
