"""How much somebody may ask in a window of time, counted so cheaply that every request can be.

Requests are counted in the process, and told to Redis a few at a time; what other processes counted comes back with
that. So a window may be overrun by a few requests for each process, and a request in twenty pays for the way to Redis.
While Redis is away each process counts alone.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import redis

from app.core import clock
from app.core.limits.shared import Shared

_MAX_LOCAL = 10_000
_SHARES = 50  # told to Redis after so many parts of a quota


@dataclass(frozen=True)
class QuotaState:
    """What is left of a quota, and when it begins anew."""

    quota: int
    window_s: int
    left: int
    resets_s: int

    @property
    def is_over(self) -> bool:
        """Whether this request is one too many."""
        return self.left < 0


@dataclass
class _Count:
    window: int
    known: int = 0  # of all processes, as Redis said it last
    unreported: int = 0


class Quota:
    """Counts requests. One per process; safe to use from many threads."""

    def __init__(self, url: str, *, quota: int, window_s: int) -> None:
        self.quota, self.window_s = quota, window_s
        self._shared = Shared(url, name="quota")
        self._counts: dict[str, _Count] = {}
        self._lock = threading.Lock()

    def take(self, subject: str) -> QuotaState:
        """Count one request of this subject."""
        moment = clock.real_s()
        window, gone_s = divmod(moment, self.window_s)
        with self._lock:
            count = self._counts.get(subject)
            if count is None or count.window != int(window):
                self._make_room()
                count = self._counts[subject] = _Count(int(window))
            count.unreported += 1
            share = 0
            if count.unreported >= max(1, self.quota // _SHARES) and count.known <= self.quota:
                share, count.unreported = count.unreported, 0
                count.known += share
            left = self.quota - count.known - count.unreported
        if share:
            left = self._report(subject, count, share)
        return QuotaState(self.quota, self.window_s, left, max(1, round(self.window_s - gone_s)))

    def _report(self, subject: str, count: _Count, share: int) -> int:
        name = f"bursar:quota:{subject}:{count.window}"
        of_all = self._shared.ask(lambda link: self._add(link, name, share), lambda: 0)
        with self._lock:
            count.known = max(count.known, of_all)
            return self.quota - count.known - count.unreported

    def _add(self, link: redis.Redis, name: str, number: int) -> int:
        pipeline = link.pipeline(transaction=False)
        pipeline.incrby(name, number)
        pipeline.expire(name, self.window_s * 2)
        return int(pipeline.execute()[0])

    def _make_room(self) -> None:
        if len(self._counts) >= _MAX_LOCAL:
            self._counts.clear()
