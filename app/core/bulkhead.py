"""So many calls at once and no more: one slow thing outside must not take every thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Bulkhead:
    """`places` calls at once for each key; who finds none waits `wait_s` for one."""

    def __init__(self, places: int, wait_s: float = 1.0) -> None:
        self._places, self._wait_s = places, wait_s
        self._rooms: dict[str, threading.BoundedSemaphore] = {}
        self._lock = threading.Lock()

    @contextmanager
    def place(self, key: str) -> Iterator[bool]:
        """Hold a place while inside; False when there was none in time, and then nothing is held."""
        with self._lock:
            room = self._rooms.setdefault(key, threading.BoundedSemaphore(self._places))
        has_place = room.acquire(timeout=self._wait_s)
        try:
            yield has_place
        finally:
            if has_place:
                room.release()


_current = Bulkhead(8)


def use(bulkhead: Bulkhead) -> None:
    """Make this the bulkhead of this process."""
    global _current
    _current = bulkhead


def current() -> Bulkhead:
    """The bulkhead of this process."""
    return _current
