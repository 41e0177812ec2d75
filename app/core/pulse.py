"""When each periodic job last ran, and what waits in the queues: kept in Redis, and worth no more than a look."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import redis

from app.core import clock, settings
from app.core.log import get_logger

_BEATS = "bursar:beats"
_QUEUE, _WORKERS = "rq:queue:", "rq:workers"


@dataclass(frozen=True)
class Beat:
    """One run of a job, the last one. `error` is empty when it ended well."""

    job: str
    queue: str
    every_s: float
    at: datetime
    took_ms: int
    done: int
    error: str

    @property
    def is_late(self) -> bool:
        """Whether the next run should have been long ago."""
        return (clock.now() - self.at).total_seconds() > max(60.0, 3 * self.every_s)


@dataclass(frozen=True)
class Pulse:
    """How the installation's processes work now: jobs by name, jobs that wait by queue, and how many workers are on."""

    beats: tuple[Beat, ...]
    queues: dict[str, int]
    workers: int


@contextmanager
def running(job: str, *, queue: str, every_s: float) -> Iterator[dict[str, Any]]:
    """One run of a job: put into the mapping how much was `done`."""
    said: dict[str, Any] = {"queue": queue, "every_s": every_s, "done": 0, "error": ""}
    began_s = time.monotonic()
    try:
        yield said
    except Exception as error:
        said["error"] = repr(error)[:300]
        raise
    finally:
        said |= {"at": clock.now().isoformat(), "took_ms": round((time.monotonic() - began_s) * 1000)}
        try:
            _redis(settings.current().redis_url).hset(_BEATS, job, json.dumps(said))
        except redis.RedisError as error:
            get_logger().info("beat_lost", job_name=job, error=type(error).__name__)


def look(queues: Sequence[str] = ()) -> Pulse | None:
    """The pulse, with these queues beside those of the jobs; None while Redis does not answer."""
    try:
        link = _redis(settings.current().redis_url)
        known: Any = link.hgetall(_BEATS)
        beats = tuple(_beat(job.decode(), json.loads(said)) for job, said in sorted(known.items()))
        names = sorted({*queues, *(beat.queue for beat in beats)})
        asked = link.pipeline()
        for name in names:
            asked.llen(_QUEUE + name)
        asked.scard(_WORKERS)
        *lengths, workers = asked.execute()
    except redis.RedisError:
        return None
    return Pulse(beats, dict(zip(names, lengths, strict=True)), workers)


def _beat(job: str, said: dict[str, Any]) -> Beat:
    return Beat(job=job, **{**said, "at": datetime.fromisoformat(said["at"])})


@lru_cache(maxsize=2)
def _redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)
