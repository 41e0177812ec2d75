"""What this process has taken in hand, renewed in the database for as long as the process lives.

A lease is short, so that others learn within moments that its holder is gone; one thread renews what is held longer
than that, all of it in one statement, so that work which ends soon costs nothing more. The thread has a connection of
its own: when every other one is taken, its process is busy, not dead.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from app.core.errors import Unavailable
from app.core.log import get_logger

LEASE_S = 2.0  # after this, by the database's clock, what nobody renewed may be taken by another
RENEW_S = 0.5


@dataclass(frozen=True)
class Held:
    """One row that is ours to work on, by `holder`: a number of this one time, which nobody else has or had."""

    business_id: uuid.UUID
    id: uuid.UUID
    holder: uuid.UUID


class LeaseRenewer:
    """Calls `renew` with what is held longer than a moment, twice a second, until it is let go."""

    def __init__(self, renew: Callable[[Sequence[Held]], None]) -> None:
        self._renew = renew
        self._held: dict[Held, float] = {}
        self._lock = threading.Lock()
        self._has_some = threading.Event()
        self._pid = 0

    @contextmanager
    def holding(self, held: Held) -> Iterator[None]:
        """Renew the lease while inside."""
        with self._lock:
            self._start()
            self._held[held] = time.monotonic()
            self._has_some.set()
        try:
            yield
        finally:
            with self._lock:
                self._held.pop(held, None)

    def _start(self) -> None:
        if self._pid == os.getpid():
            return
        self._pid = os.getpid()  # a process that was forked has none of its parent's threads, nor holds what it held
        self._held.clear()
        self._has_some = threading.Event()
        threading.Thread(target=self._run, args=[self._pid], name="lease-renewer", daemon=True).start()

    def _run(self, pid: int) -> None:
        while self._pid == pid:
            self._has_some.wait()
            time.sleep(RENEW_S)
            now = time.monotonic()
            with self._lock:
                if not self._held:
                    self._has_some.clear()
                due = [held for held, since in self._held.items() if now - since >= RENEW_S / 2]
            if due:
                self._renew_all(due)

    def _renew_all(self, due: Sequence[Held]) -> None:
        try:
            self._renew(due)
        except Unavailable as error:
            get_logger().warning("lease_not_renewed", count=len(due), error=repr(error))
        except Exception:  # the next try may be luckier; without a thread nothing would be renewed at all
            get_logger().exception("lease_not_renewed", count=len(due))
