"""`/healthz` (the process lives), `/readyz` (it can serve), `/metrics` (for Prometheus, by token)."""

import os
from typing import Any

import redis
from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Gauge, generate_latest, multiprocess
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock, clock_check, settings
from app.core.errors import NotFound, Unavailable
from app.core.log import get_logger, lost_lines
from app.core.security import crypto
from app.read.operations import health

bp = Blueprint("ops", __name__)
log = get_logger()


@bp.get("/healthz")
def healthz() -> Response:
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    # Without Redis everything still works, a little later; without the database nothing does, and with a wrong clock
    # nothing is begun.
    checks = {"database": _database(), "redis": _redis(), "clock": _clock()}
    ready = checks["database"] == checks["clock"] == "ok"
    status = "ready" if all(state == "ok" for state in checks.values()) else "degraded" if ready else "unavailable"
    return jsonify(status=status, checks=checks), 200 if ready else 503


@bp.get("/metrics")
def metrics() -> Response:
    token = settings.current().metrics_token
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not crypto.same(sent, token):
        raise NotFound("not_found", "This URL does not exist.")
    return Response(generate_latest(_everything()), content_type=CONTENT_TYPE_LATEST)


def _everything() -> Any:
    """This process's numbers (all web processes' when they share a directory), and the backlog."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    Gauge("bursar_log_lines_lost", "Log lines that this process could not write.", registry=registry).set(lost_lines())
    for name, value in vars(health.backlog()).items():
        Gauge(f"bursar_{name}", _HELP[name], registry=registry).set(value)
    return registry


_HELP = {
    "events_due": "Events waiting to be handled.",
    "oldest_event_s": "Age of the oldest waiting event in seconds.",
    "events_dead": "Events in the dead-letter list.",
    "attempts_unknown": "Payment attempts in state unknown.",
    "attempts_overdue": "Payment attempts pending for so long that a case was opened.",
    "oldest_undecided_s": "Age of the oldest pending attempt at a payment company in seconds.",
    "cases_open": "Open cases.",
    "notices_refused": "Notices refused in this hour and the previous one.",
}


def _database() -> str:
    try:
        health.database_answers()
    except (SQLAlchemyError, Unavailable) as error:
        log.warning("readyz.database", error=type(error).__name__)
        return "down"
    return "ok"


def _clock() -> str:
    """By now the database was asked for its time. What goes by our own clock is wrong while it is."""
    if clock_check.is_clock_right():
        return "ok"
    off_s = clock.host_off_s()
    return f"{abs(off_s):.1f} s {'ahead of' if off_s > 0 else 'behind'} the database"


def _redis() -> str:
    try:
        with redis.Redis.from_url(settings.current().redis_url, socket_timeout=0.5, socket_connect_timeout=0.5) as link:
            link.ping()
    except redis.RedisError as error:
        log.warning("readyz.redis", error=type(error).__name__)
        return "down"
    return "ok"
