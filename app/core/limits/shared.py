"""Redis as the processes share counts and breakers in it: asked briefly, and left in peace for a while when it does not
answer, so that no request waits for it twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import redis

from app.core.log import get_logger

_TIMEOUT_S = 0.3
_AWAY_S = 5.0
Answer = TypeVar("Answer")


class Shared:
    """One connection pool, of a `name` for the log. Without an address Redis is always away."""

    def __init__(self, url: str | None, *, name: str) -> None:
        self._redis = None
        if url:
            self._redis = redis.Redis.from_url(url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S)
        self._name = name
        self._away_until = 0.0

    @property
    def is_away(self) -> bool:
        """Whether Redis is left in peace now, or there is none."""
        return self._redis is None or time.monotonic() < self._away_until

    def ask(self, work: Callable[[redis.Redis], Answer], otherwise: Callable[[], Answer]) -> Answer:
        """What `work` gets from Redis; while that is away, what `otherwise` says by itself."""
        if self._redis is not None and not self.is_away:
            try:
                return work(self._redis)
            except redis.RedisError as error:
                self._away_until = time.monotonic() + _AWAY_S
                get_logger().warning(f"{self._name}.redis_away", error=repr(error))
        return otherwise()
