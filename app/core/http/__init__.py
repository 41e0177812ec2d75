"""The one way out. Every call has an end to its time and to its answer, goes only where somebody said that it may go,
and none is made while a transaction is open."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from json import dumps as to_json
from typing import Any

import httpx

from app.core import context, db
from app.core.http.pinned_transport import Received, Refused, Wire, within
from app.core.http.unpacking import PACKED, Unpacker
from app.lib.destinations import Destinations, NotAllowed

# No company has more to say than this in one answer; what is longer is an attack or an accident.
MAX_ANSWER_BYTES = 1_000_000
# Whoever cannot be reached by then is not there; this is how soon another one can be tried.
CONNECT_S = 4.0
ABOUT_THE_WIRE = {b"content-encoding", b"content-length", b"transfer-encoding"}

_KEPT_CONNECTIONS = 20

# What httpx's own clients say.
_USUAL = {
    "Accept": "*/*",
    "Accept-Encoding": PACKED,
    "Connection": "keep-alive",
    "User-Agent": f"python-httpx/{httpx.__version__}",
}

_wires: dict[tuple[str, bool], Wire] = {}
_making = threading.Lock()
# What these errors say for sure: not one byte of the request has left.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass
class Watch:
    """What the calls inside `watched` came to: how many may have been heard, and how many certainly were not. `refused`
    says why one of them was not allowed."""

    limit_s: float
    sent: int = 0
    unsent: int = 0
    refused: str | None = None

    @property
    def is_unsent(self) -> bool:
        """Whether calls were tried and nobody outside can have heard any."""
        return self.unsent > 0 and self.sent == 0


_watch: ContextVar[Watch | None] = ContextVar("http_watch", default=None)
_allowed: ContextVar[Destinations | None] = ContextVar("http_allowed", default=None)


@contextmanager
def watched(limit_s: float) -> Iterator[Watch]:
    """Watch the calls made inside, none of which may take longer than `limit_s`."""
    watch = Watch(limit_s)
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)


@contextmanager
def allowed(to: Destinations | None) -> Iterator[None]:
    """Let the calls made inside go there, and nowhere else; with None nowhere at all."""
    token = _allowed.set(to)
    try:
        yield
    finally:
        _allowed.reset(token)


def outbound(
    method: str,
    url: str,
    *,
    timeout_s: float,
    to: Destinations | None = None,
    json: Any = None,
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    most_bytes: int = MAX_ANSWER_BYTES,
    cut: bool = False,
) -> httpx.Response:
    """Call the outside: where `to` says, else where `allowed` does. Redirects are not followed and the environment's
    proxies are not used. `timeout_s` is for the call as a whole, from the connection to the answer's last byte, so that
    whoever drips cannot hold a worker. `most_bytes` is what the answer may have, unpacked; only files have more than
    the usual. With `cut` the rest of a longer one is not waited for, and nothing is unpacked.

    Raises:
        Refused (an httpx.ConnectError): the URL may not be called. Nothing was sent.
        httpx.HTTPError: nothing usable came back (timeout, refused, cut off, endless).
        RuntimeError: a transaction is open; a call inside one would hold its locks and its connection for as long
            as the other side likes.
    """
    if db.in_transaction():
        raise RuntimeError("no outbound call while a transaction is open")
    watch = _watch.get() or Watch(timeout_s)
    timeout_s = min(timeout_s, watch.limit_s)
    content = _encoded(json) if json is not None else content or b""
    watch.sent += 1
    try:
        wire = _wire_for(url, to or _allowed.get())
        # A client of httpx would look for redirects, cookies and logins, which we have none of.
        sent = _sent(method, headers, length=len(content), is_json=json is not None)
        with within(timeout_s), closing(wire.send(method, url, sent, content, timeout_s)) as answer:
            body = _beginning(answer, most_bytes) if cut else _read(answer, most_bytes)
    except (*_NEVER_SENT, httpx.InvalidURL) as error:
        watch.sent, watch.unsent = watch.sent - 1, watch.unsent + 1
        if isinstance(error, Refused):
            watch.refused = str(error)
        raise
    # As read: decoded and whole, so the headers about the wire are gone.
    kept = [(name, value) for name, value in answer.headers if name.lower() not in ABOUT_THE_WIRE]
    return httpx.Response(answer.http_status, headers=kept, content=body)


def _encoded(value: Any) -> bytes:
    return to_json(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _sent(method: str, headers: Mapping[str, str] | None, *, length: int, is_json: bool) -> list[tuple[bytes, bytes]]:
    """The headers of a call: those that are given, and what every call has."""
    usual = dict(_USUAL)
    if request_id := context.current().get("request_id"):
        usual["X-Request-Id"] = request_id
    if is_json:
        usual["Content-Type"] = "application/json"
    if length or method in ("POST", "PUT", "PATCH"):
        usual["Content-Length"] = str(length)
    given = {name.lower() for name in headers or ()}
    named = {name: value for name, value in usual.items() if name.lower() not in given} | dict(headers or {})
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in named.items()]


def _read(answer: Received, most_bytes: int) -> bytes:
    """Raises httpx.DecodingError for an answer without an end, or one that is packed in another way than we asked."""
    try:
        unpacker = Unpacker(answer.header(b"content-encoding"), most_bytes)
        for part in answer.parts():
            unpacker.add(part)
        return unpacker.whole()
    except ValueError as error:
        raise httpx.DecodingError(str(error)) from error


def _beginning(answer: Received, most_bytes: int) -> bytes:
    """What came of it within the bounds; who answered has answered, however the rest of it comes."""
    kept = b""
    with suppress(httpx.HTTPError):
        for part in answer.parts():
            kept += part
            if len(kept) >= most_bytes:
                break
    return kept[:most_bytes]


def _wire_for(url: str, to: Destinations | None) -> Wire:
    """The connections for calls of this kind. Raises Refused."""
    if to is None:
        raise Refused("nobody said where this call may go")
    try:
        is_near = to.check(url).is_near
    except NotAllowed as error:
        raise Refused(str(error)) from error
    known = to.pool, is_near
    with _making:
        if known not in _wires:
            _wires[known] = Wire(is_near=is_near, kept_connections=_KEPT_CONNECTIONS, connect_s=CONNECT_S)
        return _wires[known]
