"""Paying alone and beside each attacker, in turns: the median and the slowest hundredth of both, and their ratio."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench import targets
from bench.arithmetic import percentile
from bench.attackers import ATTACKERS
from bench.clients import drive
from bench.place import Place
from bench.report import Row
from bench.shops import BenchShop, open_shop
from ops import processes
from ops.paths import ROOT

CLIENTS = 2
ROUNDS = 3
EACH = 350  # payments of one turn, unless it takes longer than MAX_S: ten attackers in ten minutes, whatever comes
MAX_S = 7.0
GOAL_RATIO = 1.5


@dataclass
class Turns:
    """The payments of some turns: the seconds that each took, and what went wrong with others."""

    took_s: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def add(self, arguments: dict[str, Any]) -> None:
        """One more turn."""
        self.took_s += arguments["took_s"]
        self.failed += arguments["failed"]

    def ms(self, percent: int) -> float:
        """So many percent of them took no longer."""
        return percentile(sorted(self.took_s), percent) * 1000


@dataclass
class Beside:
    """One attacker: the turns beside it and those before each, without; and what the attacker was answered."""

    alone: Turns = field(default_factory=Turns)
    beside: Turns = field(default_factory=Turns)
    answered: Counter[str] = field(default_factory=Counter)


def measure(place: Place, print_line: Callable[[str], None]) -> list[Row]:
    """An order placed and its notice received, by a few clients, with every process running. Each turn beside an attack
    follows one alone, so that both see the machine in the same state. BENCH_ATTACKERS narrows it down to some."""
    names = [name for name in os.environ.get("BENCH_ATTACKERS", "").split(",") if name] or list(ATTACKERS)
    shop = open_shop(place.company_url)
    plan = targets.make(place, shop)
    programs = (processes.WORKER, processes.FILES, processes.RELAY)
    place.start(*programs)
    _pay(place, shop)  # warm: connections, plans, caches
    seen = {name: Beside() for name in names}
    for number in range(ROUNDS):
        for name, found in seen.items():
            found.alone.add(_pay(place, shop))
            with attacked(name, plan, found.answered):
                found.beside.add(_pay(place, shop))
        print_line(f"  round {number + 1} of {ROUNDS} is over")
    place.stop(*(each.name for each in reversed(programs)))
    for line in _side_by_side(seen):
        print_line(line)
    return [row for name, found in seen.items() for row in _measurements(name, found)]


@contextmanager
def attacked(name: str, plan: targets.Plan, answered: Counter[str]) -> Iterator[None]:
    """The attack goes on inside; what it was answered is added up."""
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
        try:
            output, _ = process.communicate(timeout=10)
            answered.update(json.loads(output or "{}"))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _pay(place: Place, shop: BenchShop) -> dict[str, Any]:
    """One turn."""
    return drive(
        "steady", place, [shop], what="paid", clients=CLIENTS, views=EACH // CLIENTS, seconds=MAX_S, forgives=True
    )


def _side_by_side(seen: dict[str, Beside]) -> Iterator[str]:
    widest = max(len("paying, in ms"), *map(len, seen))
    heads = (
        ("paying, in ms", ("payments", "p50", "p99", "p99", "errors")),
        ("", ("alone beside", "alone beside", "alone beside", "ratio", "beside")),
    )
    for first, (counts, *columns) in heads:
        yield f"  {first:<{widest}} {counts:>13}" + "".join(f"{each:>16}" for each in columns)
    for name, found in seen.items():
        alone, beside = found.alone, found.beside
        counts = f"{len(alone.took_s):>6} {len(beside.took_s):>6}"
        times = "".join(f"{alone.ms(percent):>8.1f}{beside.ms(percent):>8.1f}" for percent in (50, 99))
        yield f"  {name:<{widest}} {counts}{times}{_ratio(found):>16.2f}{len(beside.failed):>16}"
        yield f"  {'':<{widest}}  answered: " + ", ".join(
            f"{what} × {n:,}" for what, n in sorted(found.answered.items())
        )
        for problem, number in Counter([*alone.failed, *beside.failed]).most_common(3):
            yield f"  {'':<{widest}}  {number} × {problem}"


def _ratio(found: Beside) -> float:
    alone_ms = found.alone.ms(99)
    return found.beside.ms(99) / alone_ms if alone_ms else 0.0


def _measurements(name: str, found: Beside) -> Iterator[Row]:
    alone, beside = found.alone, found.beside
    of = f"p99 alone {alone.ms(99):.1f} ms; goal {GOAL_RATIO}; {len(beside.took_s)} beside, {len(alone.took_s)} alone"
    yield Row(f"paying beside {name}, p50", beside.ms(50), "ms", f"alone {alone.ms(50):.1f} ms")
    yield Row(f"paying beside {name}, p99", beside.ms(99), "ms", of, _ratio(found))
    yield Row(f"paying beside {name}, errors", len(beside.failed), "", f"{len(alone.failed)} alone")
