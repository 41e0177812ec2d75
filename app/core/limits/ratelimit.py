"""How often something may happen: counted in Redis over a window, in this process alone while Redis is away.

A count is a brake on abuse, not a record: losing Redis loosens it for a while and never locks anybody out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import redis

from app.core.errors import AppError, TooMany
from app.core.limits.shared import Shared
from app.core.security.crypto import hash_secret

_MAX_LOCAL = 10_000  # names counted in the process at most; then the oldest windows are dropped


@dataclass(frozen=True)
class Limit:
    """`times` in `window_s` seconds, for each subject of `scope`."""

    scope: str
    times: int
    window_s: int


class Counter:
    """Counts hits. One per process; safe to use from many threads."""

    def __init__(self, url: str) -> None:
        self._shared = Shared(url, name="ratelimit")
        self._local: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def hit(self, limit: Limit, subject: str) -> int:
        """Count one; 0 when it is within the limit, else the seconds until it may be tried again."""
        name = self._name(limit, subject)
        return self._shared.ask(lambda link: _hit(link, limit, name), lambda: self._hit_local(limit, name))

    def forget(self, limit: Limit, subject: str) -> None:
        """Start the count again, e.g. after the right password."""
        name = self._name(limit, subject)
        with self._lock:
            self._local.pop(name, None)
        self._shared.ask(lambda link: link.delete(name), lambda: None)

    def uncount(self, limit: Limit, subject: str) -> None:
        """Take one hit back: it turned out to be harmless."""
        name = self._name(limit, subject)
        with self._lock:
            if name in self._local:
                count, ends = self._local[name]
                self._local[name] = (max(0, count - 1), ends)
        self._shared.ask(lambda link: link.decr(name) if link.exists(name) else None, lambda: None)

    def _hit_local(self, limit: Limit, name: str) -> int:
        moment = time.monotonic()
        with self._lock:
            if len(self._local) >= _MAX_LOCAL:
                for old in sorted(self._local, key=lambda key: self._local[key][1])[: _MAX_LOCAL // 2]:
                    del self._local[old]
            count, ends = self._local.get(name, (0, 0.0))
            if ends <= moment:
                count, ends = 0, moment + limit.window_s
            self._local[name] = (count + 1, ends)
        return max(1, round(ends - moment)) if count + 1 > limit.times else 0

    @staticmethod
    def _name(limit: Limit, subject: str) -> str:
        # Hashed: an email address has no business in Redis, and any text makes a fine key.
        return f"bursar:limit:{limit.scope}:{hash_secret(subject)[:32]}"


def _hit(link: redis.Redis, limit: Limit, name: str) -> int:
    pipeline = link.pipeline(transaction=True)
    pipeline.set(name, 0, ex=limit.window_s, nx=True)
    pipeline.incr(name)
    pipeline.ttl(name)
    _made, count, rest_s = pipeline.execute()
    return max(1, int(rest_s)) if int(count) > limit.times else 0


@contextmanager
def guessing(
    counter: Counter, limits: Sequence[tuple[Limit, str]], *, code: str, is_guess: Callable[[AppError], bool]
) -> Iterator[None]:
    """Let something be tried that could be guessed, each (limit, subject) so often; what turns out to be no wrong guess
    does not count.

    Raises:
        TooMany: with this code, when it was guessed wrongly too often.
    """
    waits = [counter.hit(limit, subject) for limit, subject in limits]
    if any(waits):
        raise TooMany(code, "Too many attempts. Please wait a while.", details={"retry_after_s": max(waits)})
    was_wrong = False
    try:
        yield
    except AppError as error:
        was_wrong = is_guess(error)
        raise
    finally:
        if not was_wrong:
            for limit, subject in limits:
                counter.uncount(limit, subject)
