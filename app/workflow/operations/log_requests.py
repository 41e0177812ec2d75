"""The request log: kept in memory for a moment and written in the background, so that no request waits for it.

A process that is stopped writes what waits; one that is killed loses what came in the last PAUSE_S. Closing that gap
takes a write beside every request, which a log that no law depends on is not worth. When more comes in than can be
written, the oldest is left out.
"""

from __future__ import annotations

import atexit
import threading
import uuid
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from app.core import context, db
from app.core.db import bulk
from app.core.log import get_logger
from app.core.web import redacted_bodies
from app.core.web.redacted_bodies import clean
from app.domain.insights.requests.models import RequestLog

MAX_WAITING = 2000
BATCH = 200
PAUSE_S = 0.5


@dataclass(frozen=True)
class Seen:
    """One request with its answer, as it was; what must not be kept of it is left out when it is written."""

    business_id: uuid.UUID
    id: uuid.UUID
    at: datetime
    method: str
    operation: str
    route: str
    path: str
    query: str
    status: int
    duration_ms: int
    key_id: uuid.UUID
    api_version: str
    idempotency_key: str | None
    replayed: bool
    error_code: str | None
    address: str
    agent: str
    request_body: bytes | None
    response_body: bytes | None


_waiting: deque[Seen] = deque(maxlen=MAX_WAITING)
_begun = threading.Lock()
_writing = threading.Lock()
_wake = threading.Event()
_thread: threading.Thread | None = None


def note(seen: Seen, *, in_background: bool = True) -> None:
    """Keep a request for the log; it is written within a second. Without `in_background`, by the next `write_noted`."""
    _waiting.append(seen)
    if in_background:
        if _thread is None or not _thread.is_alive():
            _begin()
        if len(_waiting) >= BATCH:
            _wake.set()


def write_noted() -> int:
    """Write what waits; how many."""
    written = 0
    with _writing:
        while batch := [_waiting.popleft() for _ in range(min(BATCH, len(_waiting)))]:
            with db.system_phase("log_requests.write"):
                written += bulk.insert(RequestLog, [_row(seen) for seen in batch])
    return written


def _begin() -> None:
    global _thread
    with _begun:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_run, name="request-log", daemon=True)
            _thread.start()
            atexit.register(_write_or_tell)


def _run() -> None:
    while True:
        _wake.wait(PAUSE_S)
        _wake.clear()
        _write_or_tell()


def _write_or_tell() -> None:
    try:
        if _waiting:
            with context.work(job="request_log"):
                write_noted()
    except Exception as error:  # the log is no reason for anything else to stop
        get_logger().warning("request_log_failed", error=repr(error)[:200])


def _row(seen: Seen) -> dict[str, object]:
    # What coupons are called `code` is worth money; of errors and products it is only a name.
    hidden = frozenset({"code"} if "coupon" in seen.operation else ())
    return {
        **{name: getattr(seen, name) for name in ("business_id", "id", "method", "operation", "route", "status")},
        **{name: getattr(seen, name) for name in ("duration_ms", "key_id", "api_version", "replayed", "error_code")},
        "created_at": seen.at,
        "path": redacted_bodies.kept_path(seen.path, seen.route) + redacted_bodies.kept_query(seen.query),
        "idempotency_key": clean(seen.idempotency_key)[:255] if seen.idempotency_key else None,
        "address": seen.address,
        "agent": clean(seen.agent)[:200],
        "request_body": redacted_bodies.kept(seen.request_body, hidden=hidden),
        "response_body": redacted_bodies.kept(seen.response_body, hidden=hidden if seen.status < 400 else frozenset()),
    }
