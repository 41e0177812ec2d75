"""When each periodic job last ran, and what waits in the queues: kept in Redis, and worth no more than a look."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import redis

from app.core import clock, settings
from app.core.log import get_logger

_HEARTBEATS = "bursar:heartbeats"
_CLOCKS = "bursar:clocks"
_FRESH_FOR = timedelta(seconds=15)  # a process that ended reports nothing any more
_QUEUE, _WORKERS = "rq:queue:", "rq:workers"


@dataclass(frozen=True)
class Heartbeat:
    """One run of a job, the last one. `error` is empty when it ended well."""

    job: str
    queue: str
    every_s: float
    at: datetime
    duration_ms: int
    done: int
    error: str

    @property
    def is_late(self) -> bool:
        """Whether the next run should have been long ago."""
        return (clock.actual() - self.at).total_seconds() > max(60.0, 3 * self.every_s)


@dataclass(frozen=True)
class WrongClock:
    """A process that takes no work because its host's clock is ahead of the database's, by a negative number behind."""

    host: str
    process: str
    off_s: float


@dataclass(frozen=True)
class Heartbeats:
    """How the installation's processes work now: periodic jobs by name, jobs that wait by queue in Redis, how many
    workers are on, and who waits for a right clock."""

    heartbeats: tuple[Heartbeat, ...]
    queues: dict[str, int]
    workers: int
    wrong_clocks: tuple[WrongClock, ...]


@contextmanager
def running(job: str, *, queue: str, every_s: float) -> Iterator[dict[str, Any]]:
    """One run of a job: put into the mapping how much was `done`."""
    report: dict[str, Any] = {"queue": queue, "every_s": every_s, "done": 0, "error": ""}
    began_s = time.monotonic()
    try:
        yield report
    except Exception as error:
        report["error"] = repr(error)[:300]
        raise
    finally:
        report |= {"at": clock.actual().isoformat(), "duration_ms": round((time.monotonic() - began_s) * 1000)}
        try:
            _redis(settings.current().redis_url).hset(_HEARTBEATS, job, json.dumps(report))
        except redis.RedisError as error:
            get_logger().info("heartbeat_lost", job_name=job, error=type(error).__name__)


def report_clock(process: str, off_s: float | None) -> None:
    """Say that this process waits, its host's clock being off by so much; without it, that it goes on."""
    field = f"{os.uname().nodename} {process}"
    try:
        link = _redis(settings.current().redis_url)
        if off_s is None:
            link.hdel(_CLOCKS, field)
        else:
            link.hset(_CLOCKS, field, json.dumps({"off_s": round(off_s, 1), "at": clock.actual().isoformat()}))
    except redis.RedisError as error:
        get_logger().info("clock_not_reported", error=type(error).__name__)


def read(queues: Sequence[str] = ("money",)) -> Heartbeats | None:
    """The heartbeats, and what waits in these queues; None while Redis does not answer."""
    try:
        link = _redis(settings.current().redis_url)
        known: Any = link.hgetall(_HEARTBEATS)
        clocks: Any = link.hgetall(_CLOCKS)
        heartbeats = tuple(_heartbeat(job.decode(), json.loads(report)) for job, report in sorted(known.items()))
        pipeline = link.pipeline()
        for name in queues:
            pipeline.llen(_QUEUE + name)
        pipeline.scard(_WORKERS)
        *lengths, workers = pipeline.execute()
    except redis.RedisError:
        return None
    wrong = tuple(
        each for field, report in sorted(clocks.items()) for each in _wrong_now(field.decode(), json.loads(report))
    )
    return Heartbeats(heartbeats, dict(zip(queues, lengths, strict=True)), workers, wrong)


def _wrong_now(field: str, report: dict[str, Any]) -> list[WrongClock]:
    host, _, process = field.rpartition(" ")
    is_fresh = clock.actual() - datetime.fromisoformat(report["at"]) < _FRESH_FOR
    return [WrongClock(host, process, report["off_s"])] if is_fresh else []


def _heartbeat(job: str, report: dict[str, Any]) -> Heartbeat:
    return Heartbeat(job=job, **{**report, "at": datetime.fromisoformat(report["at"])})


@lru_cache(maxsize=2)
def _redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)
