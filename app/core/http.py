"""The one way out: every call has a timeout and none is made while a transaction is open."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpx

from app.core import context, db

# No company has more to say than this in one answer; what is longer is an attack or an accident.
MAX_ANSWER_BYTES = 1_000_000
# Whoever cannot be reached by then is not there; this is how soon another one can be tried.
CONNECT_S = 4.0
ABOUT_THE_WIRE = {"content-encoding", "content-length", "transfer-encoding"}

_clients: dict[bool, httpx.Client] = {}
_making = threading.Lock()
# What these errors say for sure: not one byte of the request has left.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass
class Watch:
    """What the calls inside `watched` came to: how many may have been heard, and how many certainly were not."""

    limit_s: float
    sent: int = 0
    unsent: int = 0

    @property
    def is_unheard(self) -> bool:
        """Whether calls were tried and nobody outside can have heard any."""
        return self.unsent > 0 and self.sent == 0


_watch: ContextVar[Watch | None] = ContextVar("http_watch", default=None)


@contextmanager
def watched(limit_s: float) -> Iterator[Watch]:
    """Watch the calls made inside, none of which may take longer than `limit_s`."""
    watch = Watch(limit_s)
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)


def outbound(
    method: str,
    url: str,
    *,
    timeout_s: float,
    json: Any = None,
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    most_bytes: int = MAX_ANSWER_BYTES,
    certificate_of: str | None = None,
    cut: bool = False,
    among_many: bool = False,
) -> httpx.Response:
    """Call the outside. Redirects are not followed and the environment's proxies are not used. `timeout_s` is for each
    step and for the answer as a whole, so that a caller who drips cannot hold a worker. `most_bytes` is what the answer
    may have, unpacked; only files have more than the usual. With `cut` the rest of a longer one is not waited for, and
    nothing is unpacked. `certificate_of` is the name to check the certificate for
    when the URL has an address instead (see addresses.pin). `among_many` is for the systems of merchants: however many
    of them hang at once, neither each other nor the companies that are called wait for a connection.

    Raises:
        httpx.HTTPError: nothing usable came back (timeout, refused, cut off, endless).
        RuntimeError: a transaction is open; a call inside one would hold its locks and its connection for as long
            as the other side likes.
    """
    if db.in_transaction():
        raise RuntimeError("no outbound call while a transaction is open")
    sent = dict(headers or {})
    if request_id := context.current().get("request_id"):
        sent.setdefault("X-Request-Id", request_id)
    known_as = {"sni_hostname": certificate_of} if certificate_of else None
    watch = _watch.get() or Watch(timeout_s)
    timeout_s = min(timeout_s, watch.limit_s)
    limits = httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECT_S))
    watch.sent += 1
    try:
        with _client_of(among_many).stream(
            method, url, json=json, content=content, headers=sent, timeout=limits, extensions=known_as
        ) as answer:
            deadline = time.monotonic() + timeout_s
            body = _beginning(answer, deadline, most_bytes) if cut else _read(answer, deadline, most_bytes)
    except _NEVER_SENT:
        watch.sent, watch.unsent = watch.sent - 1, watch.unsent + 1
        raise
    # As read: decoded and whole, so the headers about the wire are gone.
    kept = [(name, value) for name, value in answer.headers.multi_items() if name.lower() not in ABOUT_THE_WIRE]
    return httpx.Response(answer.status_code, headers=kept, content=body, request=answer.request)


def _read(answer: httpx.Response, deadline: float, most_bytes: int) -> bytes:
    """Raises httpx.ReadTimeout after the deadline, httpx.DecodingError for an answer without an end."""
    parts, size = [], 0
    for part in answer.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > most_bytes:
            raise httpx.DecodingError(f"the answer is longer than {most_bytes} bytes", request=answer.request)
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the answer took too long", request=answer.request)
    return b"".join(parts)


def _beginning(answer: httpx.Response, deadline: float, most_bytes: int) -> bytes:
    """What came of it within the bounds; who answered has answered, however the rest of it comes."""
    kept = b""
    with suppress(httpx.HTTPError):
        for part in answer.iter_raw():
            kept += part
            if len(kept) >= most_bytes or time.monotonic() > deadline:
                break
    return kept[:most_bytes]


def _client_of(among_many: bool) -> httpx.Client:
    with _making:
        if among_many not in _clients:
            # Of merchants' systems there are as many as there are threads that call them, which bounds them already.
            limits = httpx.Limits(max_connections=None if among_many else 100, max_keepalive_connections=20)
            _clients[among_many] = httpx.Client(follow_redirects=False, trust_env=False, limits=limits)
        return _clients[among_many]
