"""Every request of the web process: its id, its log line, its measurements."""

import time
from contextlib import AbstractContextManager

from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

from app.core import context
from app.core.ids import new_id, show
from app.core.log import get_logger

QUIET = ("/healthz", "/readyz", "/metrics", "/static/")

REQUESTS = Counter("bursar_http_requests_total", "Answered requests.", ["endpoint", "method", "status"])
SECONDS = Histogram(
    "bursar_http_request_seconds",
    "Time from the first line to the answer's start.",
    ["endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

log = get_logger()


def install(app: Flask) -> None:
    """Gives each request an id that its answer, its log lines and the events it causes all carry."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def _begin() -> None:
    g.request_id = show("req", new_id())
    g.began_s = time.perf_counter()
    work: AbstractContextManager[None] = context.work(request_id=g.request_id)
    work.__enter__()
    g.work = work


def _end(response: Response) -> Response:
    if "request_id" not in g:
        return response
    response.headers["X-Request-Id"] = g.request_id
    seconds = time.perf_counter() - g.began_s
    endpoint = request.endpoint or "none"
    REQUESTS.labels(endpoint, request.method, response.status_code).inc()
    SECONDS.labels(endpoint).observe(seconds)
    if not request.path.startswith(QUIET):
        log.info(
            "request",
            method=request.method,
            endpoint=endpoint,
            status=response.status_code,
            duration_ms=round(seconds * 1000, 1),
        )
    return response


def _forget(_error: BaseException | None) -> None:
    work = g.pop("work", None)
    if work is not None:
        work.__exit__(None, None, None)
