"""`python -m bench.deliverer`: does the worker's part of orders in a process of its own, whenever it is told to. Reads
ids of businesses, one a line; when a business has no due event any more, it prints the milliseconds of processor that
this took."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections.abc import Mapping

from app.core import outbox
from app.workflow.operations.subscribers import BATCHES, SUBSCRIBERS
from bench.place import application
from ops.paths import ROOT


class Deliverer:
    """The process. Use it in a `with`."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.deliverer"],
            cwd=ROOT,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Deliverer:
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.communicate(timeout=20)

    def deliver(self, business_id: str) -> float:
        """Deliver what is paid, and wait for it; milliseconds of processor."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{business_id}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def main() -> None:
    """Deliver until standard input ends."""
    application()
    for line in sys.stdin:
        began_s = time.process_time()
        outbox.drain(uuid.UUID(line.strip()), SUBSCRIBERS, BATCHES)
        sys.stdout.write(f"{(time.process_time() - began_s) * 1000}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
