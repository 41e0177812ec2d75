"""Every request of the web process: its id, its log line, its measurements."""

import time
from contextlib import AbstractContextManager

from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

from app.core import context, log_limit
from app.core.ids import new_id, show
from app.core.log import get_logger

QUIET = ("/healthz", "/readyz", "/metrics", "/static/")

REQUESTS = Counter("bursar_http_requests_total", "Requests served.", ["endpoint", "method", "status"])
SECONDS = Histogram(
    "bursar_http_request_seconds",
    "Time from the request line to the start of the response.",
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
    if not request.path.startswith(QUIET) and _is_written(endpoint, response.status_code):
        log.info(
            "request",
            method=request.method,
            endpoint=endpoint,
            status=response.status_code,
            duration_ms=round(seconds * 1000, 1),
        )
    _tell_left_out()
    return response


def _is_written(endpoint: str, status: int) -> bool:
    """Lines about people and keys always; those that anybody can cause, only so many in a minute."""
    known = context.current()
    is_anybody_s = "business_id" not in known or 400 <= status < 500
    return "actor" in known or not is_anybody_s or log_limit.strangers.take((request.method, endpoint, str(status)))


def _tell_left_out() -> None:
    left_out = log_limit.strangers.left_out()
    if left_out:
        most = {" ".join(shape): number for shape, number in left_out.most_common(log_limit.MAX_NAMED)}
        log.info("requests_left_out", count=left_out.total(), most=most)


def _forget(_error: BaseException | None) -> None:
    work = g.pop("work", None)
    if work is not None:
        work.__exit__(None, None, None)
