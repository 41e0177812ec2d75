"""How many lines strangers may have in the log: some of each shape, then a count of the rest."""

from __future__ import annotations

import threading
import time
from collections import Counter

OF_A_SHAPE, OF_ALL, WINDOW_S = 60, 600, 60.0
MAX_SHAPES = 500
MAX_NAMED = 20  # shapes in the line that counts the rest

Shape = tuple[str, ...]


class LogLimit:
    """Counts lines in windows of time. One per process; safe to use from many threads."""

    def __init__(self, *, of_a_shape: int = OF_A_SHAPE, of_all: int = OF_ALL, window_s: float = WINDOW_S) -> None:
        self._of_a_shape, self._of_all, self._window_s = of_a_shape, of_all, window_s
        self._lock = threading.Lock()
        self._began_s = time.monotonic()
        self._written: Counter[Shape] = Counter()
        self._left_out: Counter[Shape] = Counter()

    def take(self, shape: Shape) -> bool:
        """Whether a line of this shape is to be written; one that is not is counted."""
        with self._lock:
            if shape not in self._written and len(self._written) + len(self._left_out) >= MAX_SHAPES:
                shape = ("other",)
            has_room = self._written[shape] < self._of_a_shape and self._written.total() < self._of_all
            (self._written if has_room else self._left_out)[shape] += 1
            return has_room

    def left_out(self) -> Counter[Shape]:
        """What was left out of the window that is over, told once; nothing while it goes on."""
        with self._lock:
            if time.monotonic() - self._began_s < self._window_s:
                return Counter()
            self._began_s = time.monotonic()
            counts, self._left_out = self._left_out, Counter()
            self._written.clear()
            return counts


strangers = LogLimit()
