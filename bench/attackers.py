"""`python -m bench.attackers NAME`: one attack in a process of its own. Reads its plan as JSON from the first line of
standard input, prints `ready` when it is under way, and goes on until standard input ends; then it prints what it was
answered, as JSON: how many times each status.

A further attack is a function in `crowds` or `floods` with its name in ATTACKERS. The plan is what `targets` set up."""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from collections.abc import Callable

from bench import crowds, floods
from bench.targets import Plan

Attacker = Callable[[Plan, threading.Event, Callable[[], None]], Counter[str]]

ATTACKERS: dict[str, Attacker] = {
    "slow heads": crowds.slow_heads,
    "slow bodies": crowds.slow_bodies,
    "slow readers": crowds.slow_readers,
    "forged notices": floods.forged_notices,
    "unknown serials": floods.unknown_serials,
    "hanging tests": floods.hanging_tests,
    "hanging payments": floods.hanging_payments,
    "hostile imports": floods.hostile_imports,
    "exports": floods.many_exports,
    "card testing": floods.card_testing,
}


def main(name: str) -> int:
    """Attack until the end is requested."""
    plan, over = json.loads(sys.stdin.readline()), threading.Event()
    threading.Thread(target=_until_notified, args=(over,), daemon=True).start()
    answered = ATTACKERS[name](plan, over, _say_ready)
    json.dump(answered, sys.stdout)
    return 0


def _say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def _until_notified(over: threading.Event) -> None:
    sys.stdin.read()
    over.set()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
