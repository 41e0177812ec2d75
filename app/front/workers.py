"""Keeps a number of equal processes running."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import dataclass

STEADY_S = 10.0  # who ended before had no chance to serve
LONGEST_PAUSE_S = 10.0
LOOK_EVERY_S = 0.2


@dataclass
class Worker:
    """One of the processes; `deaths` in a row, without having been steady between them."""

    process: subprocess.Popen[bytes]
    started_s: float
    deaths: int = 0
    again_s: float = 0.0


def supervise(command: list[str], count: int, *, patience_s: float) -> int:
    """Run `count` of them, each started again when it ends, until we are told to end; the exit status. When one cannot
    even start the first time, none will: that ends all of them."""
    asked: list[int] = []
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda number, _: asked.append(number))
    workers = [Worker(subprocess.Popen(command), time.monotonic()) for _ in range(count)]
    has_served = False
    status = 0
    while not asked and not status:
        time.sleep(LOOK_EVERY_S)
        now_s = time.monotonic()
        for worker in workers:
            ended = worker.process.poll()
            has_served = has_served or (ended is None and now_s - worker.started_s > STEADY_S)
            if ended is None:
                continue
            if not has_served:
                status = ended or 1
                break
            _start_again(worker, command, now_s, ended)
    _stop([worker.process for worker in workers], patience_s)
    return 1 if status < 0 else status


def _start_again(worker: Worker, command: list[str], now_s: float, status: int) -> None:
    """At once the first time, then with growing pauses."""
    if not worker.again_s:
        worker.deaths = 1 if now_s - worker.started_s > STEADY_S else worker.deaths + 1
        pause_s = min(0.5 * 2 ** (worker.deaths - 1), LONGEST_PAUSE_S)
        worker.again_s = now_s + pause_s
        sys.stderr.write(f"A web worker ended with status {status}; again in {pause_s:.1f} s.\n")
    elif now_s >= worker.again_s:
        worker.process, worker.started_s, worker.again_s = subprocess.Popen(command), now_s, 0.0


def _stop(processes: list[subprocess.Popen[bytes]], patience_s: float) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    ends_s = time.monotonic() + patience_s + 2
    for process in processes:
        try:
            process.wait(max(0.1, ends_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
