"""How much somebody may ask in a window of time, counted so cheaply that every request can be.

Requests are counted in the process, and told to Redis a few at a time; what other processes counted comes back with
that. So a window may be overrun by a few requests for each process, and a request in twenty pays for the way to Redis.
While Redis is away each process counts alone, and allows its part of the quota.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import redis

from app.core import clock
from app.core.limits.shared import Shared

_MAX_LOCAL = 10_000
_REPORTS = 50


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

    def __init__(
        self, url: str | None, *, quota: int, window_s: int, reports: int = _REPORTS, parts_alone: int = 1
    ) -> None:
        """`reports` is how often a whole quota is told to Redis; while Redis is away this process allows one of
        `parts_alone` parts of a quota."""
        self.quota, self.window_s = quota, window_s
        self._reports, self._parts_alone = reports, parts_alone
        self._shared = Shared(url, name="quota")
        self._counts: dict[str, _Count] = {}
        self._lock = threading.Lock()

    def take(self, subject: str, *, quota: int | None = None) -> QuotaState:
        """Count one request of this subject, against its own `quota` if it has one."""
        most = self.quota if quota is None else quota
        if self._shared.is_away:
            most = max(1, most // self._parts_alone)
        moment = clock.real_s()
        window, gone_s = divmod(moment, self.window_s)
        with self._lock:
            count = self._counts.get(subject)
            if count is None or count.window != int(window):
                self._make_room()
                count = self._counts[subject] = _Count(int(window))
            count.unreported += 1
            share = 0
            if count.unreported >= max(1, most // self._reports) and count.known <= most:
                share, count.unreported = count.unreported, 0
                count.known += share
            left = most - count.known - count.unreported
        if share:
            left = most - self._report(subject, count, share)
        return QuotaState(most, self.window_s, left, max(1, round(self.window_s - gone_s)))

    def _report(self, subject: str, count: _Count, share: int) -> int:
        name = _name(subject, count.window)
        of_all = self._shared.ask(lambda link: self._add(link, name, share), lambda: 0)
        with self._lock:
            count.known = max(count.known, of_all)
            return count.known + count.unreported

    def used(self, subject: str) -> int:
        """How many requests of the subject all processes have told of in this window; without Redis, this process."""
        window = int(clock.real_s() // self.window_s)

        def here() -> int:
            count = self._counts.get(subject)
            return count.known + count.unreported if count is not None and count.window == window else 0

        def told(link: redis.Redis) -> int:
            found: Any = link.get(_name(subject, window))
            return int(found or 0)

        return self._shared.ask(told, here)

    def _add(self, link: redis.Redis, name: str, number: int) -> int:
        pipeline = link.pipeline(transaction=False)
        pipeline.incrby(name, number)
        pipeline.expire(name, self.window_s * 2)
        return int(pipeline.execute()[0])

    def _make_room(self) -> None:
        if len(self._counts) >= _MAX_LOCAL:
            self._counts.clear()


def _name(subject: str, window: int) -> str:
    return f"bursar:quota:{subject}:{window}"
