"""Several programs in one: this process loads the code once, and keeps a copy of itself running for each of them."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

STEADY_S = 10.0  # who ended before had no chance to serve
MAX_PAUSE_S = 10.0
LOOK_EVERY_S = 0.2
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True)
class Part:
    """A program: what it is called in messages, and what runs it; that returns its exit status, or nothing for 0."""

    name: str
    serve: Callable[[], int | None]


class _InCopy(BaseException):
    """Leads a fresh copy out of what its parent was in the middle of."""

    def __init__(self, part: Part) -> None:
        self.part = part


@dataclass
class _Copy:
    """The process of one part; `deaths` in a row, without having been steady between them."""

    part: Part
    pid: int
    started_s: float
    deaths: int = 0
    again_s: float = 0.0
    ended_with: int | None = None

    def runs(self) -> bool:
        if self.ended_with is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.ended_with = os.waitstatus_to_exitcode(status) if pid else None
        return self.ended_with is None


def supervise(parts: Sequence[Part], *, patience_s: float) -> int:
    """Run each part in a copy of this process, begun again when it ends, until we are told to end; the exit status, in
    a copy that of its part. When one cannot even start the first time, none will: that ends all of them.

    No thread may run yet, and no connection may be open: the copies would share it.
    """
    gc.freeze()  # what all share is not looked through, and so not copied
    parent, alive = os.pipe()  # ends when its last writer does, which is this process
    before = {each: signal.getsignal(each) for each in _SIGNALS}
    try:
        return _keep(parts, patience_s)
    except _InCopy as copy:
        for each, handler in before.items():
            signal.signal(each, handler)
        os.close(alive)
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
        return copy.part.serve() or 0


def _keep(parts: Sequence[Part], patience_s: float) -> int:
    requested: list[int] = []
    for each in _SIGNALS:
        signal.signal(each, lambda number, _: requested.append(number))
    copies = [_Copy(part, _fork(part), time.monotonic()) for part in parts]
    has_served = False
    status = 0
    while not requested and not status:
        time.sleep(LOOK_EVERY_S)
        now_s = time.monotonic()
        for copy in copies:
            if copy.runs():
                has_served = has_served or now_s - copy.started_s > STEADY_S
            elif not has_served:
                status = copy.ended_with or 1
            else:
                _start_again(copy, now_s)
    _stop(copies, patience_s)
    return 1 if status < 0 else status


def _fork(part: Part) -> int:
    """The new process; does not return in it.

    Raises:
        _InCopy: in the new process.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        raise _InCopy(part)
    return pid


def _start_again(copy: _Copy, now_s: float) -> None:
    """At once the first time, then with growing pauses."""
    if not copy.again_s:
        copy.deaths = 1 if now_s - copy.started_s > STEADY_S else copy.deaths + 1
        pause_s = min(0.5 * 2 ** (copy.deaths - 1), MAX_PAUSE_S)
        copy.again_s = now_s + pause_s
        sys.stderr.write(f"A {copy.part.name} process ended with status {copy.ended_with}; again in {pause_s:.1f} s.\n")
    elif now_s >= copy.again_s:
        copy.pid, copy.started_s, copy.again_s, copy.ended_with = _fork(copy.part), now_s, 0.0, None


def _stop(copies: list[_Copy], patience_s: float) -> None:
    for copy in copies:
        if copy.runs():
            os.kill(copy.pid, signal.SIGTERM)
    ends_s = time.monotonic() + patience_s
    while any(copy.runs() for copy in copies) and time.monotonic() < ends_s:
        time.sleep(0.05)
    for copy in copies:
        if copy.runs():
            with suppress(ProcessLookupError):
                os.kill(copy.pid, signal.SIGKILL)


def _end_with(parent: int) -> None:
    os.read(parent, 1)
    os.kill(os.getpid(), signal.SIGTERM)
